/** One interpreter per isolate: started on the first event, since nothing may run at the top level that needs I/O. */
import app from "../app.bin";
import site from "../site.bin";
import platform from "../platform.bin";
import { unpack } from "./archive.mjs";
import { registerHelpers } from "./helper.mjs";
import { startInterpreter } from "./interpreter.mjs";
import { expected, mainName } from "../worker.mjs";

const PROMISING = { relaxed: false, promising: true };
let started;

/** → { py, main, host, bootMs, importMs }. A failure is kept: every request then fails with it, as in production. */
export const python = () => (started ??= start());

async function start() {
  const begun = Date.now();
  const { module, py } = await startInterpreter();
  registerHelpers(py);
  unpack(module.FS, site, "/session/metadata/python_modules");
  unpack(module.FS, app, "/session/metadata");
  unpack(module.FS, platform, module.FS.sitePackages);
  const host = py.pyimport("_cloudflare.local_host");
  host.prepare_path();
  const booted = Date.now();
  const main = await withoutOutside(() => host.import_main.callWithOptions(PROMISING, mainName));
  const importMs = Date.now() - booted;
  compare(host.introspect(main).toJs({ dict_converter: Object.fromEntries }));
  return { py, main, call: host.call, bootMs: booted - begun, importMs };
}

/**
 * At the top level of a module production refuses what differs between instances or takes time. The functions stay in
 * place, because a package may have bound one meanwhile. `getRandomValues` is not among them: Python itself needs it.
 */
async function withoutOutside(work) {
  let importing = true;
  for (const [object, name] of [[globalThis, "fetch"], [crypto, "randomUUID"]]) {
    const real = object[name].bind(object);
    object[name] = (...args) => {
      if (importing) throw new Error(`Disallowed operation called within global scope: ${name}`);
      return real(...args);
    };
  }
  try {
    return await work();
  } finally {
    importing = false;
  }
}

/** What reading the sources found must be what running them gives, or a class would be missing in silence. */
function compare(found) {
  const lines = [];
  for (const kind of Object.keys(found)) {
    for (const name of new Set([...Object.keys(found[kind]), ...Object.keys(expected[kind])])) {
      const [ran, read] = [found, expected].map((classes) => classes[kind][name]?.join(", ") ?? "no such class");
      if (ran !== read) lines.push(`${kind} ${name}: running gives (${ran}), reading gives (${read})`);
    }
  }
  if (!lines.length) return;
  throw new Error(`The classes of ${mainName}.py are not what the local runtime read in it:\n${lines.join("\n")}\n` +
    "Define or import entrypoint classes with plain statements at the top level, so that they can be read.");
}
