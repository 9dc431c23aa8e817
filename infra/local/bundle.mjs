/** The modules of one Worker: the host, the interpreter, its packages and its sources. */
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { pack } from "./host/archive.mjs";
import { HERE, NODE_MODULES, PYTHON, ROOT } from "./paths.mjs";
import { helper } from "./processes.mjs";

const PYODIDE = path.join(NODE_MODULES, "pyodide");
const HOST = path.join(HERE, "host");
const CACHE = path.join(ROOT, ".build/local");
const MODULES = "/session/metadata/python_modules";
const SHARED = path.join(ROOT, "shared/src");
/** What wrangler attaches of a Worker's own folder; other files do not exist in production. */
const ATTACHED = [".py", ".txt", ".html", ".sql", ".wasm", ".bin"];

/** `worker`: { key, main, modules, exports }, paths absolute. → `modules` and `modulesRoot` for Miniflare. */
export async function bundle(worker, log) {
  const { exports } = worker;
  const esm = (name, contents) => ({ type: "ESModule", path: name, contents });
  const data = (name, contents) => ({ type: "Data", path: name, contents });
  const host = fs.readdirSync(HOST).filter((name) => name.endsWith(".mjs") && name !== "control.mjs");
  return {
    modulesRoot: "/",
    modules: [
      esm("main.mjs", mainModule(exports)),
      esm("worker.mjs", identity(worker, exports)),
      ...host.map((name) => esm(`host/${name}`, text(path.join(HOST, name)))),
      esm("python_modules/workers/workflows.js", text(path.join(worker.modules, "workers/workflows.js"))),
      esm("pyodide.asm.mjs", text(path.join(PYODIDE, "pyodide.asm.mjs"))),
      { type: "CompiledWasm", path: "pyodide.asm.wasm", contents: bytes(path.join(PYODIDE, "pyodide.asm.wasm")) },
      data("python_stdlib.zip", bytes(await stdlib(log))),
      data("site.bin", bytes(await packages(worker, log))),
      data("app.bin", sources(worker)),
      data("platform.bin", packFiles(walk(HOST).filter(([name]) => name.endsWith(".py")))),
    ],
  };
}

function mainModule(exports) {
  const lines = [
    'import "./host/log.mjs";',
    'import { define } from "./host/classes.mjs";',
    'export { LocalProbe } from "./host/classes.mjs";',
  ];
  for (const [kind, classes] of Object.entries(exports)) {
    for (const [name, methods] of Object.entries(classes)) {
      const target = kind === "workerEntrypoints" && name === "Default" ? "export default" : `export const ${name} =`;
      lines.push(`${target} define("${kind}", "${name}", ${JSON.stringify(methods)});`);
    }
  }
  return lines.join("\n");
}

const identity = ({ key, main, crashPoints = false }, expected) => `export const workerName = ${JSON.stringify(key)};
export const mainName = ${JSON.stringify(path.basename(main, ".py"))};
export const crashPoints = ${crashPoints};
export const expected = ${JSON.stringify(expected)};`;

/** The exported classes and their methods, read from the source: { workerEntrypoints: { Default: ["fetch"] }, … } */
export async function readClasses({ main, modules }) {
  return JSON.parse(await helper(PYTHON, [path.join(HERE, "classes.py"), main, SHARED, modules]));
}

/** File → the promise of it, while it is made: Workers ask for the same at once. */
const making = {};

const stdlib = (log) => {
  const from = path.join(PYODIDE, "python_stdlib.zip");
  return cached("stdlib", "zip", bytes(from), (to) => precompile(log, "the standard library", "stdlib", from, to));
};

function packages({ key, modules }, log) {
  const marker = path.join(modules, ".lock-sha256");
  if (!fs.existsSync(marker)) throw new Error(`the packages of ${key} are not installed: make setup`);
  return cached("site", "bin", fs.readFileSync(marker), (to) =>
    precompile(log, `the packages of ${key}`, "folder", modules, to, MODULES));
}

function precompile(log, what, ...args) {
  log(`preparing ${what} (once per lock)`);
  return helper(process.execPath, [path.join(HERE, "precompile.mjs"), ...args]);
}

/** A file in the cache whose name tells what it was made from and by; `make` writes it, once, when it is absent. */
async function cached(name, suffix, ingredient, make) {
  const maker = fs.readFileSync(path.join(HERE, "precompile.mjs"));
  const version = text(path.join(PYODIDE, "package.json"));
  const key = crypto.createHash("sha256").update(ingredient).update(maker).update(version).digest("hex").slice(0, 16);
  const file = path.join(CACHE, `${name}-${key}.${suffix}`);
  if (!fs.existsSync(file)) await (making[file] ??= make(file).finally(() => delete making[file]));
  return file;
}

/** The Worker's own files at the root, the shared package among the packages, where a deploy puts it. */
function sources({ main }) {
  const own = walk(path.dirname(main)).filter(([name]) => ATTACHED.includes(path.extname(name)));
  const shared = walk(SHARED).map(([name, file]) => [`python_modules/${name}`, file]);
  return packFiles([...own, ...shared]);
}

const packFiles = (files) => pack(files.map(([name, file]) => [name, bytes(file)]));

function walk(folder) {
  return fs.readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("__pycache__"))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => [path.relative(folder, file).split(path.sep).join("/"), file]);
}

const text = (file) => fs.readFileSync(file, "utf8");

/** Each file is read once and shared by the Workers that have it. */
const contents = new Map();
function bytes(file) {
  const { mtimeMs } = fs.statSync(file);
  const known = contents.get(file);
  if (known?.mtimeMs === mtimeMs) return known.bytes;
  const read = new Uint8Array(fs.readFileSync(file));
  contents.set(file, { mtimeMs, bytes: read });
  return read;
}
