/** The control server, for tests and the bench only: local, and only when CONTROL_PORT is given. */
import http from "node:http";
import { text } from "node:stream/consumers";
import { workerdUsage } from "./processes.mjs";

/** → { url, stop }. The commands are those of host/control.mjs, and GET /stats. */
export async function startControl(product, port) {
  if (port === undefined) return { stop() {} };
  const server = http.createServer(async (request, response) => {
    try {
      respond(response, 200, await answer(product, request));
    } catch (error) {
      respond(response, 500, { error: error.message, name: error.name });
    }
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => closed(server) };
}

async function answer(product, request) {
  if (request.url === "/stats") return { import_ms: product.importMs, ...workerdUsage() };
  const body = JSON.parse((await text(request)) || "{}");
  if (request.url === "/scheduled") body.cron ??= cronOf(product, body.worker);
  return product.control(request.url, body);
}

const cronOf = (product, worker) => product.workers.find(({ key }) => key === worker)?.crons[0] ?? "";

function respond(response, status, body) {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

function closed(server) {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
}
