/** Marks each line with the Worker's name; the runtime's log turns the mark into a prefix. Imported first. */
import { workerName } from "../worker.mjs";

const MARK = `\u0001${workerName}\u0001`;

for (const level of ["debug", "error", "info", "log", "warn"]) {
  const write = console[level].bind(console);
  console[level] = (first, ...rest) =>
    typeof first === "string" ? write(MARK + first, ...rest) : write(MARK, first, ...rest);
}
