// A runtime without Workers, for the tests of the harness: it says ready and its control server repeats what it is asked.
import { createServer } from "node:http";

const listen = (port, answer) =>
  new Promise((resolve) => {
    const server = createServer((request, response) => {
      let text = "";
      request.on("data", (chunk) => (text += chunk));
      request.on("end", () => {
        const [status, body] = answer(request, text);
        response.writeHead(status, { "content-type": "application/json", connection: "close" });
        response.end(JSON.stringify(body));
      });
    });
    server.listen(Number(port), "127.0.0.1", () => resolve(server.address().port));
  });

const control = await listen(process.env.CONTROL_PORT, (request, text) => {
  const asked = { path: request.url, body: text ? JSON.parse(text) : null };
  if (request.url === "/scheduled" && asked.body.worker === "nobody") return [404, { error: "no Worker nobody" }];
  return [200, request.url === "/d1" ? asked.body.statements.map((one) => ({ results: [one], meta: {} })) : asked];
});
const names = ["STATE", "STANDIN_URL", "CALENDAR_HOSTS_ALLOWED", "LIMITS", "CRON", "WATCH", "VARS"];
const port = await listen(process.env.PORT, () => [200, Object.fromEntries(names.map((n) => [n, process.env[n]]))]);
console.log(`control: http://127.0.0.1:${control}`);
console.log(`ready: http://127.0.0.1:${port}`);
process.on("SIGTERM", () => process.exit(0));
