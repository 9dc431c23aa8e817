/** Lines for the person at the terminal: each begins with the Worker's name, coloured on a terminal only. */
import path from "node:path";
import { ROOT } from "./paths.mjs";

const COLOURS = { api: 36, notify: 35, billing: 33, calsync: 32, error: 31, warn: 33 };
const MARKED = /^\u0001([^\u0001]*)\u0001 ?/;

export function createLog(out = process.stdout) {
  const colour = (name, text) => (out.isTTY && COLOURS[name] ? `\u001b[${COLOURS[name]}m${text}\u001b[0m` : text);
  const write = (name, level, message) => {
    const text = message.replace(/\n+$/, "");
    for (const line of text.split("\n")) out.write(`${colour(name, name.padEnd(8))}${colour(level, line)}\n`);
  };
  let folders = {};
  const inRepository = (name, text) =>
    Object.entries(folders[name] ?? {}).reduce((result, [inside, outside]) => result.replaceAll(inside, outside), text);
  return {
    /** Paths inside the isolate, which are production's, become those of the repository: most specific first. */
    locate(workers) {
      folders = Object.fromEntries(workers.map(({ key, main, modules }) => [key, {
        "/session/metadata/python_modules/propflow/": "shared/src/propflow/",
        "/session/metadata/python_modules/": `${path.relative(ROOT, modules)}/`,
        "/session/metadata/": `${path.relative(ROOT, path.dirname(main))}/`,
      }]));
    },
    /** From the runtime itself. */
    say: (message) => out.write(`${message}\n`),
    worker: (name, level, message) => write(name, level, inRepository(name, message)),
    /** From workerd: a Worker's line is marked by host/log.mjs. */
    workerd({ level, message }) {
      const worker = MARKED.exec(message)?.[1];
      if (worker) write(worker, level, inRepository(worker, message.replace(MARKED, "")));
      else write("workerd", level, message);
    },
  };
}
