/** Starts CPython in this isolate by calling Emscripten's factory: `loadPyodide` would want to fetch. */
import createPyodide from "../pyodide.asm.mjs";
import interpreter from "../pyodide.asm.wasm";
import stdlib from "../python_stdlib.zip";
import { allowCompiling } from "./wasm.mjs";

/** The hash seed is production's, where `hash(str)` is the same in every isolate. */
const ENVIRONMENT = { HOME: "/session", PYTHONHASHSEED: "111" };

/** → Emscripten's module and Pyodide's public interface. */
export async function startInterpreter() {
  allowCompiling();
  const API = {
    config: { jsglobals: globalThis, env: ENVIRONMENT, enableRunUntilComplete: true, packages: [], args: [] },
    runtimeEnv: { IN_WORKERD: true, IN_BROWSER: true, IN_BROWSER_MAIN_THREAD: true },
  };
  const settings = { API, preRun: [prepare], instantiateWasm };
  const module = await asInBrowser(() => createPyodide(settings));
  const py = module.API.finalizeBootstrap();
  module.API.initializeStreams(undefined, (line) => console.log(line), (line) => console.error(line));
  py.loadPackage = () => {
    throw new Error("Packages cannot be loaded at run time: add them to the Worker's requirements.lock");
  };
  return { module, py };
}

function prepare(module) {
  const version = module.HEAPU32[module._Py_Version >>> 2];
  const [major, minor] = [(version >>> 24) & 255, (version >>> 16) & 255];
  module.API.pyVersionTuple = [major, minor, (version >>> 8) & 255];
  module.API.sitePackages = module.FS.sitePackages = `/lib/python${major}.${minor}/site-packages`;
  module.FS.mkdirTree(module.FS.sitePackages);
  module.FS.mkdirTree("/session/metadata");
  module.FS.writeFile(`/lib/python${major}${minor}.zip`, new Uint8Array(stdlib), { canOwn: true });
  Object.assign(module.ENV, ENVIRONMENT);
}

function instantiateWasm(imports, done) {
  const marker = Symbol("error");
  imports.env.Jsv_GetError_import = () => marker;
  imports.env.JsvError_Check = (value) => (value === marker ? 1 : 0);
  done(new WebAssembly.Instance(interpreter, imports), interpreter);
  return {};
}

/** While the factory runs, Emscripten must believe that it is in a page and not in Node. */
function asInBrowser(factory) {
  const { process } = globalThis;
  const pretended = { window: { sessionStorage: {} }, document: { createElement() {} }, addEventListener() {} };
  const before = Object.fromEntries(Object.keys(pretended).map((name) => [name, globalThis[name]]));
  Object.assign(globalThis, pretended, { process: undefined });
  try {
    return factory();
  } finally {
    globalThis.process = process;
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete globalThis[name];
      else globalThis[name] = value;
    }
  }
}
