/** A Worker's own wrangler.jsonc → options of Miniflare, so that local and deployed configuration cannot differ. */
import fs from "node:fs";
import path from "node:path";
import { unstable_getMiniflareWorkerOptions, unstable_readConfig } from "wrangler";
import { bundle, readClasses } from "./bundle.mjs";
import { HERE } from "./paths.mjs";

export const CONTROL = "local-control";
const SCRIPT = path.join(HERE, "host/control.mjs");

/** Reads each configuration; → a promise of { key, config, modules, name, main, crons, exports, databases, options }. */
export function readWorkers(workers) {
  return Promise.all(workers.map(async (worker) => {
    if (!fs.existsSync(worker.config)) throw new Error(`${worker.config} is missing: make render`);
    const config = unstable_readConfig({ config: worker.config });
    if (!fs.existsSync(config.main)) throw new Error(`${config.main} is missing, which ${worker.config} names as main`);
    const { workerOptions } = unstable_getMiniflareWorkerOptions(worker.config);
    const databases = config.d1_databases.map((database) => ({ ...database, folder: path.dirname(worker.config) }));
    const found = { ...worker, name: config.name, main: config.main, crons: config.triggers.crons ?? [] };
    return { ...found, exports: await readClasses(found), databases, options: workerOptions };
  }));
}

/** All Workers and the control Worker, as Miniflare's older and better documented options. */
export async function miniflareWorkers(workers, settings, log) {
  const users = await Promise.all(workers.map(async (worker) => {
    const { modulesRules: _, compatibilityFlags = [], rootPath: __, bindings, ...options } = worker.options;
    return {
      ...options,
      ...(await bundle(worker, log)),
      name: worker.name,
      bindings: { ...settings.secrets[worker.key], ...bindings, ...settings.vars[worker.key] },
      compatibilityFlags: compatibilityFlags.filter((flag) => flag !== "python_workers"), // ours are JavaScript
      unsafeEvalBinding: "UNSAFE_EVAL",
    };
  }));
  return [...users, controlWorker(workers)];
}

function controlWorker(workers) {
  const services = {};
  for (const { key, name, exports } of workers) {
    services[`worker:${key}`] = name;
    services[`probe:${key}`] = { name, entrypoint: "LocalProbe" };
    for (const entrypoint of Object.keys(exports.workerEntrypoints)) {
      const named = entrypoint === "Default" ? {} : { entrypoint };
      services[`rpc:${key}:${entrypoint}`] = { name, ...named, props: propsFor(name, named.entrypoint, workers) };
    }
  }
  const databases = workers.flatMap(({ options }) => Object.entries(options.d1Databases ?? {}));
  return {
    name: CONTROL,
    modules: [{ type: "ESModule", path: "control.mjs", contents: fs.readFileSync(SCRIPT, "utf8") }],
    modulesRoot: "/",
    compatibilityDate: workers[0].options.compatibilityDate,
    compatibilityFlags: ["service_binding_extra_handlers"],
    serviceBindings: services,
    d1Databases: Object.fromEntries(databases.map(([binding, database]) => [`d1:${binding}`, database])),
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
  };
}

/** As another Worker would call it: with the props of the first binding that leads there. */
const propsFor = (name, entrypoint, workers) =>
  workers.flatMap(({ options }) => Object.values(options.serviceBindings ?? {}))
    .find((service) => service.name === name && service.entrypoint === entrypoint)?.props;
