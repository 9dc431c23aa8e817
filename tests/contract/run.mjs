/** Starts the fixture Workers with the same host as the product's. */
import path from "node:path";
import { ROOT } from "../../infra/local/paths.mjs";
import { run } from "../../infra/local/runtime.mjs";
import { commonSettings } from "../../infra/local/settings.mjs";

const folder = process.env.FIXTURE ?? path.join(import.meta.dirname, "worker");
const fixture = (key, config, rest) => ({
  key,
  config: path.join(folder, config),
  modules: path.join(ROOT, "workers/billing/python_modules"),
  ...rest,
});

await run({
  ...(await commonSettings({ WATCH: "off", CRON: "off", ...process.env })),
  workers: [
    fixture("worker", "wrangler.jsonc"),
    fixture("peer", "peer.jsonc"),
    fixture("broken", "broken.jsonc", { lazy: true }), // it must not start; a test looks at how
  ],
  secrets: { worker: { A_SECRET: "not-a-secret" } },
  vars: { worker: { OVERRIDDEN: "by the settings" } },
});
