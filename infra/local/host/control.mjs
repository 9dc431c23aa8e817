/** The control Worker: reaches every other Worker and database through bindings, for tests and the bench. */
const COMMANDS = {
  "/boot": ({ worker }, env) => env[`probe:${worker}`].boot(),
  "/points": ({ worker, watch }, env) => env[`probe:${worker}`].points(watch),
  "/queue": ({ worker, queue, messages }, env) =>
    env[`worker:${worker}`].queue(queue, messages.map((m) => ({ ...m, timestamp: new Date(m.timestamp) }))),
  "/scheduled": ({ worker, cron, scheduledTime }, env) =>
    env[`worker:${worker}`].scheduled({ scheduledTime: new Date(scheduledTime ?? Date.now()), cron }),
  "/d1": ({ binding, statements }, env) => {
    const db = env[`d1:${binding}`];
    return db.batch(statements.map(({ sql, params = [] }) => db.prepare(sql).bind(...params)));
  },
  "/rpc": ({ worker, entrypoint = "Default", method, args = [] }, env) =>
    env[`rpc:${worker}:${entrypoint}`][method](...args),
};

export default {
  async fetch(request, env) {
    const command = COMMANDS[new URL(request.url).pathname];
    if (!command) return Response.json({ error: `there is ${Object.keys(COMMANDS).join(", ")}` }, { status: 404 });
    try {
      return Response.json((await command(await request.json(), env)) ?? null);
    } catch (error) {
      return Response.json({ error: error.message, name: error.name }, { status: 500 });
    }
  },
};
