/** One run: Miniflare with all Workers, migrations, the control server, schedules, reload, and a clean end. */
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { startControl } from "./control.mjs";
import { startCron } from "./cron.mjs";
import { createLog } from "./log.mjs";
import { migrate } from "./migrations.mjs";
import { CONTROL, miniflareWorkers, readWorkers } from "./options.mjs";
import { tieToThisProcess } from "./processes.mjs";
import { MOMENT_MS, startStandin } from "./standin.mjs";
import { startWatch } from "./watch.mjs";

/** Start and stay until SIGINT or SIGTERM. `settings` come from settings.mjs. */
export async function run(settings) {
  const log = createLog();
  const ends = [];
  const ending = new AbortController();
  const stop = once(async (code) => {
    ending.abort();
    for (const end of ends.reverse()) await end();
    process.exit(code);
  });
  const takeSignals = () => {
    for (const signal of ["SIGINT", "SIGTERM"]) {
      process.removeAllListeners(signal); // Miniflare's own would end this process before the stand-in is stopped
      process.on(signal, () => stop(0));
    }
  };
  takeSignals();
  // A Ctrl-C ends our helpers, too, and what they were asked for then fails wherever it was asked for, perhaps before
  // the signal has reached us.
  process.on("uncaughtException", async (error) => {
    await sleep(MOMENT_MS);
    if (ending.signal.aborted) return;
    console.error(error);
    await stop(1);
  });
  try {
    await start(settings, log, ends, takeSignals, ending.signal);
  } catch (error) {
    await sleep(MOMENT_MS);
    if (!ending.signal.aborted) log.say(`failed: ${error.message}`); // else what fails is what is being stopped
    await stop(1);
  }
}

async function start(settings, log, ends, takeSignals, signal) {
  const begun = Date.now();
  for (const warning of settings.warnings) log.say(warning);
  tieToThisProcess();
  const standin = settings.standin?.spawn ? startStandin(settings.standin, log, signal) : undefined;
  // When it did not start there is nothing to stop, and Promise.all below says why.
  if (standin) ends.push(() => standin.then((stop) => stop(), () => {}));
  const product = new Product(settings, log, signal);
  ends.push(() => product.stop());
  await Promise.all([product.start(takeSignals), standin]);
  const control = await startControl(product, settings.controlPort);
  ends.push(control.stop);
  const imports = await product.boot();
  signal.throwIfAborted();
  if (settings.watch) ends.push(startWatch(product, log));
  else if (imports.failed.length) throw new Error(`${imports.failed.join(", ")} did not start; the reason is above`);
  if (settings.cron) ends.push(startCron(product, log));
  if (settings.standin?.spawn) log.say(`emails and messages: ${settings.standin.url}`);
  if (settings.controlPort !== undefined) log.say(`control: ${control.url}`);
  settings.announce?.({ url: `http://127.0.0.1:${settings.port}`, standin: settings.standin?.url });
  log.say(`ready: http://127.0.0.1:${settings.port}`);
  log.say(`started in ${((Date.now() - begun) / 1000).toFixed(1)} s; Ctrl-C stops`);
}

/** Miniflare and what it was started with; `reload` starts it anew on the same state. */
class Product {
  constructor(settings, log, signal) {
    Object.assign(this, { settings, log, signal, importMs: {} });
  }

  /** `made` is called as soon as Miniflare exists, which has then put its own listeners on signals. */
  async start(made) {
    this.#read();
    this.miniflare = new Miniflare(this.#options());
    made();
    await this.miniflare.ready;
    await migrate(this, this.log);
  }

  async reload() {
    this.#read();
    await this.miniflare.setOptions(this.#options());
    await migrate(this, this.log);
    return this.boot();
  }

  /** Start Python in each Worker, one after the other: they share a thread. */
  async boot() {
    const failed = [];
    for (const { key } of this.workers.filter(({ lazy }) => !lazy)) {
      try {
        const { importMs } = await this.control("/boot", { worker: key });
        this.importMs[key] = importMs;
      } catch (error) {
        this.signal.throwIfAborted(); // it was stopped, which is no fault of the Worker
        failed.push(key);
        this.log.worker(key, "error", error.message);
      }
    }
    return { failed };
  }

  /** A command to the control Worker. */
  async control(command, body) {
    const url = await this.miniflare.unsafeGetDirectURL(CONTROL);
    const response = await fetch(new URL(command, url), { method: "POST", body: JSON.stringify(body) });
    const answer = await response.json();
    if (!response.ok) throw Object.assign(new Error(answer.error), { name: answer.name });
    return answer;
  }

  stop() {
    return this.miniflare?.dispose();
  }

  #read() {
    this.workers = readWorkers(this.settings.workers);
    this.log.locate(this.workers);
  }

  #options() {
    const { port, state } = this.settings;
    return convertV4MiniflareOptions({
      host: "127.0.0.1",
      port,
      cf: false,
      log: new Log(LogLevel.WARN),
      handleStructuredLogs: (entry) => this.log.workerd(entry),
      resourcePersistencePath: path.join(state, "v3"), // where wrangler's --persist-to looks
      workers: miniflareWorkers(this.workers, this.settings, (line) => this.log.say(line)),
    });
  }
}

function once(work) {
  let result;
  return (...args) => (result ??= work(...args));
}
