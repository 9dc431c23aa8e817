/** `make dev`: the four Workers with their databases, queues and objects, and a stand-in for the outside. */
import module from "node:module";
import path from "node:path";

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 12)) {
  console.error(`Node ${process.versions.node} is too old: 22.12 or newer is needed. \`make setup\` brings Node 24.`);
  process.exit(1);
}

// Wrangler is large; compiled once, it loads in a fraction of the time.
module.enableCompileCache(path.resolve(import.meta.dirname, "../../.build/compiled"));

// Until the runtime takes the signals nothing is there to be stopped. First come, first served: wrangler, once it is
// imported, has handlers of its own that end with 1.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(0));
const heard = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve))); // signals wait for the loop

const { productSettings, stateFolder } = await import("./settings.mjs");
const { takeState } = await import("./state.mjs");
const { Refused } = await import("./refused.mjs");
try {
  const { announce } = takeState(stateFolder(process.env));
  const settings = await productSettings(process.env);
  const { run } = await import("./runtime.mjs");
  await heard();
  await run({ ...settings, announce });
} catch (error) {
  // What failed may be a helper that a Ctrl-C has ended: the same signal is on its way to us and then says how we end.
  await new Promise((resolve) => setTimeout(resolve, 300));
  if (!(error instanceof Refused)) throw error;
  console.error(error.message);
  process.exit(1);
}
