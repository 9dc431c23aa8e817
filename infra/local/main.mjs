/** `make dev`: the four Workers with their databases, queues and objects, and a stand-in for the outside. */
import "./ending.mjs"; // first: from here on a Ctrl-C is a clean end
import module from "node:module";
import path from "node:path";

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 12)) {
  console.error(`Node ${process.versions.node} is too old: 22.12 or newer is needed. \`make setup\` brings Node 24.`);
  process.exit(1);
}

// Wrangler is large; compiled once, it loads in a fraction of the time.
module.enableCompileCache(path.resolve(import.meta.dirname, "../../.build/compiled"));

const { productSettings, stateFolder } = await import("./settings.mjs");
const { takeState } = await import("./state.mjs");
const { Refused } = await import("./refused.mjs");
try {
  const { announce } = takeState(stateFolder(process.env));
  const settings = await productSettings(process.env);
  const { run } = await import("./runtime.mjs");
  await run({ ...settings, announce });
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  console.error(error.message);
  process.exit(1);
}
