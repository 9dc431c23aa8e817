/** The stand-in for email, SMS and calendar hosts: a Python process of the tests, started here for `make dev`. */
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ending, isOurFault } from "./ending.mjs";
import { PYTHON, ROOT } from "./paths.mjs";
import { startChild } from "./processes.mjs";

const WAIT_MS = 60_000;

/** → a function that stops it. */
export async function startStandin({ url, journal }, log) {
  const script = path.join(ROOT, "tests/support/standin.py");
  const args = [script, "--port", new URL(url).port, "--state", journal];
  const child = startChild(PYTHON, args, ["ignore", "ignore", "inherit"]);
  const ended = new Promise((resolve) => child.once("exit", (code) => resolve(code)).once("error", resolve));
  ended.then(async (code) => {
    if (await isOurFault()) log.say(`the stand-in for outside services ended with ${code}`);
  });
  const stop = async () => {
    child.kill("SIGKILL"); // each line of its journal is written before it answers
    await ended;
  };
  for (const deadline = Date.now() + WAIT_MS; Date.now() < deadline; await sleep(50)) {
    if (ending.aborted) return stop;
    if (child.exitCode !== null || child.signalCode !== null) throw new Error("the stand-in for outside services did not start");
    if (await fetch(url).then((answer) => answer.ok, () => false)) return stop;
  }
  await stop();
  throw new Error(`the stand-in for outside services did not answer at ${url}`);
}
