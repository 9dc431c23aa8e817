/** The folder of a run: one run at a time, and where it answers, for `make demo`. */
import fs from "node:fs";
import path from "node:path";
import { Refused } from "./refused.mjs";

/** Take the folder, or refuse because another run has it. → { announce }. It is given back when this process ends. */
export function takeState(folder) {
  const file = path.join(folder, "run.json");
  const own = { pid: process.pid, since: startOf(process.pid) };
  try {
    fs.mkdirSync(folder, { recursive: true });
    take(file, own, folder);
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Refused(`${folder} cannot hold the state: ${error.message}`);
  }
  process.on("exit", () => fs.rmSync(file, { force: true }));
  return { announce: (where) => write(file, { ...own, ...where }, fs.renameSync) };
}

function take(file, own, folder) {
  try {
    write(file, own, fs.linkSync); // fails when it is there, and is never there half written
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    const { pid } = livingOwner(file) ?? {};
    if (pid) throw new Refused(`${folder} is in use by a run with process id ${pid}: stop that, or set STATE to another folder`);
    write(file, own, fs.renameSync); // what a killed run has left
  }
}

function write(file, content, put) {
  const draft = `${file}.${process.pid}`;
  fs.writeFileSync(draft, JSON.stringify(content));
  try {
    put(draft, file);
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

/** Process ids are given out again: where /proc tells, the time of start must be the same. */
function livingOwner(file) {
  let owner;
  try {
    owner = JSON.parse(fs.readFileSync(file, "utf8"));
    process.kill(owner.pid, 0);
  } catch (error) {
    return error.code === "EPERM" ? owner : undefined; // EPERM: it lives and is somebody else's
  }
  return owner.since === startOf(owner.pid) ? owner : undefined;
}

function startOf(pid) {
  try {
    const [state, ...fields] = fs.readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1).split(" ");
    return state === "Z" ? "ended" : fields[18];
  } catch {
    return null; // not Linux
  }
}
