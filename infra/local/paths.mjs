/** Where things are. */
import fs from "node:fs";
import path from "node:path";

export const HERE = import.meta.dirname;
export const ROOT = path.resolve(HERE, "../..");
export const NODE_MODULES = path.join(ROOT, "node_modules");

const VENV = path.join(ROOT, ".venv/bin/python");
/** The Python of the virtual environment; nothing here needs a package, except the stand-in. */
export const PYTHON = fs.existsSync(VENV) ? VENV : "python3";
