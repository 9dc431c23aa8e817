/** The stand-in for email, SMS and calendar hosts: a Python process of the tests, started here for `make dev`. */
import { spawn } from "node:child_process";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PYTHON, ROOT } from "./paths.mjs";
import { dyingWithParent } from "./processes.mjs";

const WAIT_MS = 15_000;
/** Ctrl-C reaches the children too: that they ended may be known before it is. */
export const MOMENT_MS = 200;

/** `signal` is aborted when the run ends. → a function that stops it. */
export async function startStandin({ url, journal }, log, signal) {
  const script = path.join(ROOT, "tests/support/standin.py");
  const [command, ...args] = [...dyingWithParent(), PYTHON, script, "--port", new URL(url).port, "--state", journal];
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "inherit"] });
  const ended = new Promise((resolve) => child.once("exit", (code) => resolve(code)).once("error", resolve));
  ended.then(async (code) => {
    await sleep(MOMENT_MS);
    if (!signal.aborted) log.say(`the stand-in for outside services ended with ${code}`);
  });
  const stop = async () => {
    child.kill();
    await ended;
  };
  for (const deadline = Date.now() + WAIT_MS; Date.now() < deadline; await sleep(50)) {
    if (signal.aborted) return stop;
    if (child.exitCode !== null || child.signalCode !== null) throw new Error("the stand-in for outside services did not start");
    if (await fetch(url).then((answer) => answer.ok, () => false)) return stop;
  }
  await stop();
  throw new Error(`the stand-in for outside services did not answer at ${url}`);
}
