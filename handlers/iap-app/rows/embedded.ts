import type { PGlite } from "@electric-sql/pglite";
import { createEmbeddedDatabase } from "./embedded-database";
import { type AppSchema, applyMigrations } from "./migrations";
import { readerSettings, settingsWith } from "./reader";
import type { Rows } from "./rows";

/**
 * PostgreSQL inside the process (PGlite), in memory: an app runs with no database server, and loses its rows when it ends.
 * PGlite has one connection and hands it to one transaction after the other, so transactions queue here. The connection
 * itself is the superuser's, as PGlite has no log-in: the app's role binds every statement of the code, and since none is
 * built from input, nothing can step out of it. A server in its place logs in as a role that may become the app's only.
 *
 * @param template See `createEmbeddedDatabase`.
 */
export async function openEmbeddedRows(schema: AppSchema, template?: string): Promise<Rows> {
  const database = await createEmbeddedDatabase(template);
  await applyMigrations(migrationSession(database), schema.migrations);
  return embeddedRows(database, schema.role);
}

export const migrationSession = (database: PGlite) => ({
  exec: (sql: string) => database.exec(sql),
  query: (sql: string, parameters: readonly string[]) => database.query(sql, [...parameters]),
});

/** The one way into a database whose schema is there. */
export const embeddedRows = (database: PGlite, role: string): Rows => ({
  as: async (reader, work) => {
    const settings = readerSettings(reader);
    return database.transaction(async (transaction) => {
      await transaction.exec(`set local role ${role}`);
      await transaction.query(settingsWith("$1", "$2", "$3"), [...settings]);
      return work(async (row, sql, parameters = []) => {
        const { rows } = await transaction.query(sql, [...parameters]);
        return rows.map((value) => row.parse(value));
      });
    });
  },
  close: () => database.close(),
});
