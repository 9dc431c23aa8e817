/** workerd's process: it must not outlive this one, and the bench wants its size and time. */
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import workerd from "workerd";
import { HERE } from "./paths.mjs";

const TICKS_PER_SECOND = 100; // what Linux reports to programs, whatever the kernel's own rate

/** A command prefix that makes the kernel kill the child when this process dies, SIGKILL included; Linux only. */
export function dyingWithParent() {
  try {
    execFileSync("setpriv", ["--pdeathsig", "KILL", "true"], { stdio: "ignore" });
    return ["setpriv", "--pdeathsig", "KILL"];
  } catch {
    return [];
  }
}

/** Let Miniflare start workerd through that prefix. */
export function tieToThisProcess() {
  if (!dyingWithParent().length) return;
  process.env.LOCAL_WORKERD = workerd.default ?? workerd;
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
