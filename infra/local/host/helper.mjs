/** The two modules that the SDK finds in Python beside its own: what production's wrapper registers. */
import * as workers from "cloudflare:workers";
import * as sockets from "cloudflare:sockets";
import * as workflows from "../python_modules/workers/workflows.js";

const WORKFLOWS = "python_modules/workers/workflows.js";
const patched = new WeakSet();

export function registerHelpers(py) {
  py.registerJsModule("_pyodide_entrypoint_helper", {
    doAnImport: async (name) => (name === WORKFLOWS ? workflows : import(name)),
    cloudflareWorkersModule,
    cloudflareSocketsModule: sockets,
    workerEntrypoint: null,
    patchWaitUntil,
    patch_env_helper() {
      throw new Error("patch_env does not exist in the local runtime");
    },
  });
  py.registerJsModule("_cloudflare_compat_flags", {
    python_workflows_implicit_dependencies: true,
    python_request_headers_preserve_commas: true,
  });
}

/** Only ExecutionContext is patched: on a Durable Object's state `waitUntil` drops a coroutine, as in production. */
function patchWaitUntil(context) {
  if (Object.prototype.toString.call(context) !== "[object ExecutionContext]" || patched.has(context)) return;
  patched.add(context);
  const waitUntil = context.waitUntil.bind(context);
  context.waitUntil = (work) => waitUntil(finish(work));
}

const cloudflareWorkersModule = new Proxy(workers, {
  get: (target, name) =>
    name === "waitUntil" ? (work) => target.waitUntil(finish(work)) : Reflect.get(target, name),
});

/** Python gives up its reference when the call returns, so a coroutine is copied, awaited and destroyed. */
function finish(work) {
  const own = typeof work?.copy === "function" ? work.copy() : work;
  return (async () => {
    try {
      return await own;
    } finally {
      if (own !== work) own.destroy();
    }
  })();
}
