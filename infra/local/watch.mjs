/** Reloads the Workers when a source, a migration or a configuration changes. */
import fs from "node:fs";
import path from "node:path";
import { ending } from "./ending.mjs";
import { migrationFolders } from "./migrations.mjs";
import { ROOT } from "./paths.mjs";

const WATCHED = /\.(py|txt|html|sql|bin|jsonc)$/;
const QUIET_MS = 150; // editors and formatters write several times

/** → a function that stops it. */
export function startWatch(product, log) {
  let timer;
  let work = Promise.resolve();
  const sources = [path.join(ROOT, "shared/src"), ...product.workers.map(({ main }) => path.dirname(main))];
  const folders = new Set([...sources, ...migrationFolders(product.workers)]);
  const files = product.workers.map(({ config }) => config);
  const changed = (_event, name) => {
    if (!name || !WATCHED.test(name)) return;
    clearTimeout(timer);
    timer = setTimeout(() => (work = work.then(() => reload(product, log, name))), QUIET_MS);
  };
  const watchers = [
    ...[...folders].map((folder) => fs.watch(folder, { recursive: true }, changed)),
    ...files.map((file) => fs.watch(path.dirname(file), (event, name) => {
      if (name === path.basename(file)) changed(event, name);
    })),
  ];
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
    return work;
  };
}

async function reload(product, log, name) {
  const begun = Date.now();
  try {
    const { failed } = await product.reload();
    const seconds = ((Date.now() - begun) / 1000).toFixed(1);
    const outcome = failed.length ? `${failed.join(", ")} did not start` : `reloaded in ${seconds} s`;
    log.say(`${name} changed; ${outcome}`);
  } catch (error) {
    if (!ending.aborted) log.say(`${name} changed; the reload failed: ${error.message}`);
  }
}
