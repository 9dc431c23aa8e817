/** Ports of this machine, checked before anything starts, because variables of the Workers name them. */
import net from "node:net";
import { Refused } from "./refused.mjs";

const HIGHEST = 65_535;
const REASONS = {
  EADDRINUSE: (name, port) => `port ${port} is in use: set ${name} to another, or to 0 for any that is free`,
  EACCES: (name, port) => `port ${port} is only for the administrator: set ${name} to one above 1023`,
};

/** A port as a variable names it; 0 means any. */
export function readPort(name, text) {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= HIGHEST) return port;
  throw new Refused(`${name}=${text} is no port: give a number from 0 to ${HIGHEST}`);
}

/** The port, once it is known to be free; 0 becomes one. */
export function freePort(name, wanted) {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once("error", (error) => {
      const reason = REASONS[error.code];
      reject(reason ? new Refused(reason(name, wanted)) : error);
    });
    server.listen(wanted, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** The port wished for or, when that is taken or does not exist, any. */
export function freePortNear(wished) {
  return freePort("PORT", wished > HIGHEST ? 0 : wished).catch((error) => {
    if (error instanceof Refused) return freePort("PORT", 0);
    throw error;
  });
}
