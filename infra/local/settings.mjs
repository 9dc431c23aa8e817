/** What a run is made of, from the environment: which Workers, where the state is, and what to override. */
import path from "node:path";
import { PYTHON, ROOT } from "./paths.mjs";
import { freePort, freePortNear, readPort } from "./ports.mjs";
import { helper } from "./processes.mjs";
import { Refused } from "./refused.mjs";

const WORKERS = ["api", "notify", "billing", "calsync"];
/** As the calsync Worker's own settings admit them; it ignores all others. */
const LOOPBACK = /^(127\.0\.0\.1|localhost):\d{1,5}\*?$/i; // an asterisk: of this host no turns are counted

/** The settings of `make dev` and of the tests that run the whole product. */
export async function productSettings(env) {
  const common = await commonSettings(env);
  const standin = env.STANDIN_URL || `http://127.0.0.1:${await freePortNear(common.port + 1)}`;
  const { hosts, warnings } = calendarHosts(env, standin);
  const crashPoints = env.CRASH_POINTS === "on";
  const url = `http://127.0.0.1:${common.port}`;
  return {
    ...common,
    workers: WORKERS.map((key) => ({ ...worker(key, path.join(ROOT, "workers", key)), crashPoints })),
    warnings,
    standin: { url: standin, spawn: !env.STANDIN_URL, journal: path.join(common.state, "standin.jsonl") },
    secrets: await manifestSecrets(),
    vars: merge(
      Object.fromEntries(WORKERS.map((key) => [key, { APP_BASE_URL: url, API_BASE_URL: url }])),
      {
        api: { ...google(standin), ...chosen(env, "LIMITS"), ...chosen(env, "PASSWORDS") },
        notify: { EMAIL_API_URL: `${standin}/resend`, SMS_API_URL: `${standin}/clicksend` },
        calsync: { CALENDAR_HOSTS_ALLOWED: hosts },
      },
      readVars(env.VARS),
    ),
  };
}

/** A variable of the api that whoever starts the product may choose. */
const chosen = (env, name) => (env[name] ? { [name]: env[name] } : {});

/** The stand-in's identity provider, at Google's own paths. */
const google = (standin) => ({
  GOOGLE_AUTH_URL: `${standin}/google/o/oauth2/v2/auth`,
  GOOGLE_TOKEN_URL: `${standin}/google/token`,
  GOOGLE_KEYS_URL: `${standin}/google/oauth2/v3/certs`,
});

/** What every run has, that of the contract suite too. The first Worker answers at `port`. */
export async function commonSettings(env) {
  return {
    port: await freePort("PORT", readPort("PORT", env.PORT || "8787")),
    state: stateFolder(env),
    controlPort: env.CONTROL_PORT === undefined ? undefined : readPort("CONTROL_PORT", env.CONTROL_PORT),
    cron: env.CRON !== "off",
    watch: env.WATCH !== "off",
    warnings: [],
    secrets: {},
    vars: {},
  };
}

/** Where a run keeps what it must remember. */
export const stateFolder = (env) => path.resolve(env.STATE || path.join(ROOT, ".local"));

/** The hosts asked for, and that of this run's own stand-in, which `make demo` needs. */
function calendarHosts(env, standin) {
  const asked = (env.CALENDAR_HOSTS_ALLOWED ?? "").split(",").map((entry) => entry.trim()).filter(Boolean);
  const useless = asked.filter((entry) => !LOOPBACK.test(entry));
  const own = env.STANDIN_URL && env.CALENDAR_HOSTS_ALLOWED !== undefined ? [] : [new URL(standin).host];
  const why = `CALENDAR_HOSTS_ALLOWED: ${useless.join(", ")} has no effect; only 127.0.0.1:port and localhost:port may be named`;
  return { hosts: [...new Set([...own, ...asked])].join(","), warnings: useless.length ? [why] : [] };
}

function readVars(text) {
  try {
    return JSON.parse(text || "{}");
  } catch (error) {
    throw new Refused(`VARS is not JSON: ${error.message}`);
  }
}

/** A Worker in a folder of the usual shape; infra/vendor.py installs its packages into `modules`. */
export function worker(key, folder, modules = path.join(folder, "python_modules")) {
  return { key, config: path.join(folder, "wrangler.jsonc"), modules };
}

/** [local.secrets] of infra/manifest.toml: values that are secret nowhere. Python reads TOML, Node does not. */
async function manifestSecrets() {
  const read = "import json, sys, tomllib; print(json.dumps(tomllib.load(open(sys.argv[1], 'rb'))))";
  const manifest = path.join(ROOT, "infra/manifest.toml");
  const { secrets, local } = JSON.parse(await helper(PYTHON, ["-c", read, manifest]));
  const values = Object.entries(local.secrets);
  const of = (key) => Object.fromEntries(values.filter(([name]) => secrets[name]?.workers.includes(key)));
  return Object.fromEntries(WORKERS.map((key) => [key, of(key)]));
}

function merge(...layers) {
  const result = {};
  for (const layer of layers) {
    for (const [key, vars] of Object.entries(layer)) result[key] = { ...result[key], ...vars };
  }
  return result;
}
