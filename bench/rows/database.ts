import { Pool } from "pg";
import { appSchemas } from "../../handlers/iap-app/rows/migrations";
import { openPostgresqlRows } from "../../handlers/iap-app/rows/postgresql";
import type { Reader } from "../../handlers/iap-app/rows/reader";
import type { Rows } from "../../handlers/iap-app/rows/rows";
import { layOut, loginPassword, loginRole } from "../../handlers/iap-app/rows/testing/engines";
import { startPostgres } from "../../handlers/iap-app/rows/testing/postgres-server";

const people = 500;
const ticketsOfPerson = 40;
/** Connections of each contender. */
export const connections = 4;

export const readerOf = (person: number): Reader => ({
  principal: `principal://person-${person % people}`,
  groups: [],
  reports: [],
});

/** A PostgreSQL server with the tickets of many people twice: behind policies, and without any. */
export interface RowsDatabase {
  readonly rows: Rows;
  /** Of a log-in that the tables without policies were given to. */
  readonly plain: Pool;
  close(): Promise<void>;
}

export async function startRowsDatabase(): Promise<RowsDatabase> {
  const server = await startPostgres();
  const schema = appSchemas["service-desk"];
  await layOut(server, schema);
  const admin = (sql: string) => server.superuser(sql, "rows");
  await admin(
    `insert into desk.people (principal) select 'principal://person-' || n from generate_series(0, ${people - 1}) n`,
  );
  await admin(`insert into desk.tickets (principal, email, subject, description)
    select 'principal://person-' || n, 'person@ailab.com', 'Subject ' || t, repeat('Description ', 20)
    from generate_series(1, ${ticketsOfPerson}) t, generate_series(0, ${people - 1}) n`);
  // The same tickets, keys and indexes, and no policies: what an app that writes its conditions by hand would have.
  await admin("create schema plain; create table plain.tickets (like desk.tickets including all)");
  await admin("insert into plain.tickets overriding system value select * from desk.tickets");
  await admin(
    "create role plain_login login password 'plain'; grant usage on schema plain to plain_login; grant select on plain.tickets to plain_login",
  );
  await admin("analyze desk.tickets");
  await admin("analyze plain.tickets");
  const place = { host: server.host, port: server.port, database: "rows" };
  const login = { ...place, user: loginRole, password: loginPassword };
  const rows = await openPostgresqlRows({ connection: login, schema, connections });
  const plain = new Pool({ ...place, user: "plain_login", password: "plain", max: connections });
  // The server's end breaks connections that are still closing.
  plain.on("error", () => undefined);
  return {
    rows,
    plain,
    close: async () => {
      await Promise.all([rows.close(), plain.end()]);
      await server.close();
    },
  };
}
