/**
 * Where a crash can leave the product: each call that leaves Python, just before it is made and when it was answered.
 * In between only memory changes, and a crash takes that along. Tests stop a Worker at one of them (`/points`), kill
 * the runtime and look at what is left. Only with CRASH_POINTS=on; production has nothing of this.
 */
import { crashPoints } from "../worker.mjs";

const NOBODY = new Set(["constructor", "prepare"]); // ask nobody outside
const FOR_EVER = 2 ** 31 - 1; // ms; a promise that nothing will settle would be taken for a hang

let passed = [];
let most = Infinity;
let stopped = null;
let others = null;
let turn = 0;

/** Begin anew and tell what was passed so far: the next `stopAt` points are let through, at the one after all stop. */
export function watch({ stopAt = null, ignore = null }) {
  const before = look();
  turn += 1;
  passed = [];
  stopped = null;
  most = stopAt ?? Infinity;
  others = ignore && new RegExp(ignore);
  return before;
}

/** → { passed, stopped }: the names of the points so far, and that of the one at which the Worker stopped. */
export const look = () => ({ passed, stopped });

async function reach(point) {
  if (others?.test(point)) return;
  if (passed.length >= most) {
    stopped ??= point;
    await new Promise((resolve) => setTimeout(resolve, FOR_EVER));
  }
  passed.push(point);
}

/** The answer to a call that was made before the watch began anew is none of the new points. */
async function between(name, work) {
  const begun = turn;
  await reach(`${name} →`);
  try {
    return await work();
  } finally {
    if (begun === turn) await reach(`${name} ←`);
  }
}

function watched(name, target) {
  return new Proxy(target, {
    get(_, property) {
      const value = Reflect.get(target, property, target);
      if (typeof value !== "function" || typeof property !== "string") return value;
      if (property === "getByName") return (...args) => watched(name, target.getByName(...args));
      if (NOBODY.has(property)) return property === "constructor" ? value : value.bind(target);
      // Reflect, because the methods of a stub answer to every name, `apply` included.
      return (...args) => between(named(name, property, args), () => Reflect.apply(value, target, args));
    },
  });
}

/** Of a batch of D1 the last statement tells most: what is written comes before what is told about it. */
function named(name, property, args) {
  const sql = property === "batch" ? args[0]?.at?.(-1)?.statement ?? "" : "";
  const words = sql.trim().split(/\s+/).slice(0, 3).join(" ");
  return `${name}.${property}${words && ` ${words}…`}`;
}

const isObject = (value) => typeof value === "object" && value !== null;

/** What a class is given, with its calls watched. */
export function observed(context, env) {
  if (!crashPoints) return [context, env];
  const bindings = new Proxy(env, {
    get: (_, name) => (isObject(env[name]) ? watched(name, env[name]) : env[name]),
  });
  const surroundings = new Proxy(context, {
    get(_, name) {
      const value = Reflect.get(context, name, context);
      if (typeof value === "function") return name === "constructor" ? value : value.bind(context);
      return name === "storage" && isObject(value) ? watched("storage", value) : value;
    },
  });
  return [surroundings, bindings];
}

if (crashPoints) {
  const real = globalThis.fetch.bind(globalThis);
  globalThis.fetch = (...args) => between("fetch", () => real(...args));
}
