/** Apply migrations as `wrangler d1 migrations apply --local` does, so that both agree on what was applied. */
import fs from "node:fs";
import path from "node:path";
import { unstable_splitSqlQuery } from "wrangler";

/** The folders of migrations that the configurations name. */
export function migrationFolders(workers) {
  const named = workers.flatMap(({ databases }) => databases).filter((database) => database.migrations_dir);
  return [...new Set(named.map(({ folder, migrations_dir: dir }) => path.resolve(folder, dir)))];
}

/** Each database once, from the first Worker whose configuration names a folder of migrations for it. */
export async function migrate(product, log) {
  const seen = new Set();
  for (const { databases } of product.workers) {
    for (const { binding, database_id: id, migrations_dir: dir, migrations_table: table, folder } of databases) {
      if (!dir || seen.has(id)) continue;
      seen.add(id);
      await migrateOne(product, binding, path.resolve(folder, dir), table ?? "d1_migrations", log);
    }
  }
}

async function migrateOne(product, binding, folder, table, log) {
  const d1 = (...statements) => product.control("/d1", { binding, statements: statements.map((sql) => ({ sql })) });
  await d1(`CREATE TABLE IF NOT EXISTS ${table} (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)`);
  const [{ results }] = await d1(`SELECT name FROM ${table}`);
  const applied = new Set(results.map((row) => row.name));
  const files = fs.readdirSync(folder).filter((name) => name.endsWith(".sql") && !applied.has(name));
  for (const name of files.sort(byNumber)) {
    // The file and the note about it in one batch: one transaction.
    const sql = `${fs.readFileSync(path.join(folder, name), "utf8")}\nINSERT INTO ${table} (name) VALUES ('${name}');`;
    try {
      await d1(...unstable_splitSqlQuery(sql));
    } catch (error) {
      throw new Error(`${binding}: ${name} was rolled back: ${error.message}`);
    }
    log.say(`${binding}: applied ${name}`);
  }
}

const byNumber = (a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10) || a.localeCompare(b);
