/** One run: Miniflare with all Workers, migrations, the control server, schedules, reload, and a clean end. */
import path from "node:path";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare";
import { startControl } from "./control.mjs";
import { startCron } from "./cron.mjs";
import { beginEnd, endBy, ending, hearAlone, isOurFault } from "./ending.mjs";
import { createLog } from "./log.mjs";
import { migrate } from "./migrations.mjs";
import { CONTROL, miniflareWorkers, readWorkers } from "./options.mjs";
import { shelterWorkerd } from "./processes.mjs";
import { startStandin } from "./standin.mjs";
import { startWatch } from "./watch.mjs";

/** Start and stay until SIGINT or SIGTERM. `settings` come from settings.mjs. */
export async function run(settings) {
  const log = createLog();
  const ends = [];
  const stop = once(async (code) => {
    beginEnd();
    // Miniflare's end throws once more what its start failed with, after all has ended.
    for (const end of ends.reverse()) await Promise.resolve().then(end).catch(() => {});
    process.exit(code);
  });
  const fail = async (error, say) => {
    if (await isOurFault()) say(error);
    await stop(1);
  };
  endBy(() => stop(0));
  hearAlone();
  process.on("uncaughtException", (error) => fail(error, console.error));
  await start(settings, log, ends).catch((error) => fail(error, () => log.say(`failed: ${error.message}`)));
}

async function start(settings, log, ends) {
  const begun = Date.now();
  for (const warning of settings.warnings) log.say(warning);
  shelterWorkerd();
  const standin = settings.standin?.spawn ? startStandin(settings.standin, log) : undefined;
  // When it did not start there is nothing to stop, and Promise.all below says why.
  if (standin) ends.push(() => standin.then((stop) => stop(), () => {}));
  const product = new Product(settings, log);
  ends.push(() => product.stop());
  await Promise.all([product.start(), standin]);
  const control = await startControl(product, settings.controlPort);
  ends.push(control.stop);
  const imports = await product.boot();
  ending.throwIfAborted();
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
  constructor(settings, log) {
    Object.assign(this, { settings, log, importMs: {} });
  }

  async start() {
    const options = await this.#options();
    ending.throwIfAborted();
    this.miniflare = new Miniflare(options);
    hearAlone(); // it has put listeners of its own on signals
    await this.miniflare.ready;
    await migrate(this, this.log);
  }

  async reload() {
    await this.miniflare.setOptions(await this.#options());
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
        if (!(await isOurFault())) throw error; // it was stopped, which is no fault of the Worker
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

  async #options() {
    this.workers = await readWorkers(this.settings.workers);
    this.log.locate(this.workers);
    const { port, state } = this.settings;
    return convertV4MiniflareOptions({
      host: "127.0.0.1",
      port,
      cf: false,
      log: new Log(LogLevel.WARN),
      handleStructuredLogs: (entry) => this.log.workerd(entry),
      resourcePersistencePath: path.join(state, "v3"), // where wrangler's --persist-to looks
      workers: await miniflareWorkers(this.workers, this.settings, (line) => this.log.say(line)),
    });
  }
}

function once(work) {
  let result;
  return (...args) => (result ??= work(...args));
}
