/**
 * Prepare what never changes between two locks: the standard library and a Worker's packages, with byte code, which
 * makes every start three times as fast. Byte code needs the interpreter that runs it, so Pyodide does it here in Node.
 *
 * Usage: node precompile.mjs stdlib FROM.zip TO.zip | node precompile.mjs folder FROM TO.bin MOUNT
 */
import fs from "node:fs";
import path from "node:path";
import { loadPyodide } from "pyodide";
import { pack } from "./host/archive.mjs";

const COMPILE = `
import importlib.util, io, zipfile
from importlib._bootstrap_external import _code_to_hash_pyc

def byte_code(source, name):
    "Unchecked: files inside the isolate have no times worth comparing."
    try:
        code = compile(source, name, "exec", dont_inherit=True, optimize=0)
    except (SyntaxError, ValueError):
        return None  # a template or a test of syntax; Python reports it should anything import it
    return bytes(_code_to_hash_pyc(code, importlib.util.source_hash(source), False))

def stdlib(data, mount):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in (n for n in old.namelist() if not n.endswith("/")):
            source = old.read(name)
            code = byte_code(source, f"{mount}/{name}") if name.endswith(".py") else None
            if code:
                new.writestr(name + "c", code)
            new.writestr(name, source)
    return out.getvalue()
`;

const [what, from, to, mount = "/lib/python314.zip"] = process.argv.slice(2);
const py = await loadPyodide();
py.runPython(COMPILE);
const result = what === "stdlib" ? stdlib() : folder();
fs.mkdirSync(path.dirname(to), { recursive: true });
const draft = `${to}.${process.pid}`; // two runs may prepare the same at once
fs.writeFileSync(draft, result);
fs.renameSync(draft, to);

function stdlib() {
  return py.globals.get("stdlib")(py.toPy(new Uint8Array(fs.readFileSync(from))), mount).toJs();
}

function folder() {
  const byteCode = py.globals.get("byte_code");
  const files = [];
  for (const file of fs.readdirSync(from, { recursive: true, withFileTypes: true })) {
    if (!file.isFile()) continue;
    const name = path.relative(from, path.join(file.parentPath, file.name));
    if (name.startsWith("propflow/") || name.startsWith(".") || name.endsWith(".pyc")) continue;
    const source = new Uint8Array(fs.readFileSync(path.join(from, name)));
    files.push([name, source]);
    if (!name.endsWith(".py")) continue;
    const code = byteCode(py.toPy(source), `${mount}/${name}`);
    const cached = path.join(path.dirname(name), "__pycache__", `${path.basename(name, ".py")}.cpython-314.pyc`);
    if (code) files.push([cached, code.toJs()]);
    code?.destroy();
  }
  return pack(files);
}
