/** The processes that we start: none outlives this one, and a Ctrl-C reaches them through us alone. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import workerd from "workerd";
import { HERE } from "./paths.mjs";

const TICKS_PER_SECOND = 100; // what Linux reports to programs, whatever the kernel's own rate
const SHELTERED = path.join(HERE, "sheltered.sh");

const children = new Set();
process.on("exit", () => children.forEach((child) => child.kill("SIGKILL")));

/** A child that only we end, and that ends with us. */
export function startChild(command, args, stdio) {
  const child = spawn(SHELTERED, [command, ...args], { stdio });
  children.add(child);
  child.once("close", () => children.delete(child));
  return child;
}

/** Run a helper to its end. → what it printed; it throws when the helper fails. */
export async function helper(command, args) {
  const child = startChild(command, args, ["ignore", "pipe", "inherit"]);
  const [printed, [code, signal]] = await Promise.all([text(child.stdout), once(child, "close")]);
  if (code !== 0) throw new Error(`${[command, ...args].join(" ")} ended with ${code ?? signal}`);
  return printed;
}

/** Let Miniflare start workerd, or the program that LOCAL_WORKERD names instead, as such a child. */
export function shelterWorkerd() {
  process.env.LOCAL_WORKERD ??= workerd.default ?? workerd;
  process.env.MINIFLARE_WORKERD_PATH = path.join(HERE, "workerd.sh");
}

/** Resident memory and processor time of workerd, or nulls where /proc does not exist. */
export function workerdUsage() {
  const pid = findWorkerd();
  if (!pid) return { rss_kb: null, cpu_ms: null };
  const status = fs.readFileSync(`/proc/${pid}/status`, "utf8");
  const times = fs.readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  const ticks = Number(times[11]) + Number(times[12]);
  return { rss_kb: Number(/VmRSS:\s+(\d+)/.exec(status)[1]), cpu_ms: (ticks * 1000) / TICKS_PER_SECOND };
}

function findWorkerd() {
  try {
    const tasks = fs.readdirSync("/proc/self/task");
    const children = tasks.map((task) => fs.readFileSync(`/proc/self/task/${task}/children`, "utf8"));
    const ids = children.join(" ").split(/\s+/).filter(Boolean);
    return ids.find((pid) => fs.readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("workerd"));
  } catch {
    return undefined;
  }
}
