/** A JavaScript class for each exported Python class; docs/platform.md, 4 to 15, says how. */
import { DurableObject, WorkerEntrypoint, WorkflowEntrypoint } from "cloudflare:workers";
import { look, observed, watch } from "./points.mjs";
import { python } from "./python.mjs";

const BASES = {
  workerEntrypoints: WorkerEntrypoint,
  durableObjects: DurableObject,
  workflowEntrypoints: WorkflowEntrypoint,
};
/** Handlers that get their arguments raw and give back a raw result. */
const RAW = {
  workerEntrypoints: ["connect"],
  durableObjects: ["connect", "alarm", "webSocketMessage", "webSocketClose", "webSocketError"],
  workflowEntrypoints: ["connect", "run"],
};
const RELAXED = ["fetch", "test"];

/** `methods` become empty methods of the prototype, which only tell the platform which events the class handles. */
export function define(kind, name, methods) {
  class Wrapper extends BASES[kind] {
    constructor(context, env) {
      super(context, env);
      const instance = construct(name, context, env);
      instance.catch(() => {}); // every call reports it
      return new Proxy(this, {
        get(target, property, receiver) {
          if (typeof property !== "string") return Reflect.get(target, property, receiver);
          return (...args) =>
            report(`${name}.${property}`, async () => invoke(kind, await instance, property, args));
        },
      });
    }
  }
  for (const method of methods) Wrapper.prototype[method] = async function () {};
  return Wrapper;
}

/** Tells the control Worker, and through it the developer, whether Python starts; tests also where it stops. */
export class LocalProbe extends WorkerEntrypoint {
  async boot() {
    const { bootMs, importMs } = await python();
    return { bootMs, importMs };
  }

  points(asked) {
    return asked ? watch(asked) : look();
  }
}

async function construct(name, context, env) {
  const { main } = await python();
  const cls = main[name];
  if (typeof cls !== "function") {
    throw new TypeError(`There is no '${name}' class defined in the Python Worker's main module`);
  }
  return cls.callWithOptions({ relaxed: false, promising: true }, ...observed(context, env));
}

async function invoke(kind, instance, property, args) {
  if (typeof instance[property] !== "function") throw new TypeError(`Method ${property} does not exist`);
  if (RAW[kind].includes(property)) {
    return instance[property].callWithOptions({ relaxed: true, promising: true }, ...args);
  }
  const { call } = await python();
  const relaxed = RELAXED.includes(property);
  return call.callWithOptions({ relaxed: false, promising: true }, relaxed, instance, property, ...args);
}

/** Log what leaves Python uncaught: workerd's own message about it does not name the Worker. */
async function report(what, work) {
  try {
    return await work();
  } catch (error) {
    console.error(`uncaught in ${what}: ${error?.message ?? error}`);
    throw error;
  }
}
