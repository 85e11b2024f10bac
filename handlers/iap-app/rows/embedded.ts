import type { PGlite } from "@electric-sql/pglite";
import { appRole, migrations } from "./migrations";
import type { Rows } from "./rows";

/**
 * PostgreSQL inside the process (PGlite), in memory: the service desk runs with no database server, and loses its rows
 * when it ends. PGlite has one connection and hands it to one transaction after the other, so transactions queue here.
 * The connection itself is the superuser's, as PGlite has no log-in: the app's role binds every statement of the code, and
 * since none is built from input, nothing can step out of it. A server in its place logs in as a role that may become
 * the app's role only.
 *
 * It is loaded on demand because it takes seconds and tens of megabytes that the other apps do not need.
 */
export async function openEmbeddedRows(): Promise<Rows> {
  const { PGlite } = await import("@electric-sql/pglite");
  return migrate(await PGlite.create());
}

/** Lays the schema into an empty database and gives the one way into it. */
export async function migrate(database: PGlite): Promise<Rows> {
  for (const migration of migrations) await database.exec(migration);
  return {
    as: (identity, work) =>
      database.transaction(async (transaction) => {
        // Both end with the transaction, however it ends, so nobody inherits them.
        await transaction.exec(`set local role ${appRole}`);
        await transaction.query("select set_config('keyless.principal', $1, true)", [identity.principal]);
        return work(async (row, sql, parameters = []) => {
          const { rows } = await transaction.query(sql, [...parameters]);
          return rows.map((value) => row.parse(value));
        });
      }),
    close: () => database.close(),
  };
}
