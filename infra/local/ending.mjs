/** How this process ends when it is asked to: one listener on the signals from the first moment on, and one end. */
import { setTimeout as sleep } from "node:timers/promises";

const HEARD_WITHIN_MS = 100;
const asked = new AbortController();
let end = () => process.exit(0); // until something runs there is nothing to stop

function hear() {
  beginEnd();
  end();
}

const SIGNALS = ["SIGINT", "SIGTERM"];
for (const signal of SIGNALS) process.on(signal, hear);

/** Aborted as soon as the end begins, whyever: what fails from then on fails because it is being stopped. */
export const ending = asked.signal;

/**
 * Whether a failure is one of ours, and not of a stop: a Ctrl-C kills a child that was just born (it shelters itself a
 * moment later), and we can know of that death before we have heard the signal ourselves.
 */
export async function isOurFault() {
  if (!ending.aborted) await sleep(HEARD_WITHIN_MS);
  return !ending.aborted;
}

/** Begin the end without having been asked. */
export function beginEnd() {
  asked.abort();
}

/** From now on a stop calls this, also one that was asked for while the loop was busy and nobody could hear it. */
export function endBy(stop) {
  end = stop;
}

/**
 * Take away the listeners of libraries, which end this process before what it started is stopped. Ours stays: between
 * the removal of a last listener and the next one a signal is lost.
 */
export function hearAlone() {
  for (const signal of SIGNALS) {
    for (const other of process.listeners(signal)) if (other !== hear) process.off(signal, other);
  }
}
