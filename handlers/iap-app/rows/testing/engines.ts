import { embeddedRows, migrationSession } from "../embedded";
import { createEmbeddedDatabase } from "../embedded-database";
import { type AppSchema, applyMigrations } from "../migrations";
import { openPostgresqlRows } from "../postgresql";
import type { Rows } from "../rows";
import { type PostgresServer, startPostgres, withoutPostgres } from "./postgres-server";
import { testTemplate } from "./template";

/** A database for one test file, laid out for one app. */
export interface TestDatabase {
  readonly rows: Rows;
  /** Runs a statement past everything, as the superuser, outside every transaction of the app. */
  admin(sql: string): Promise<readonly Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** What the same tests run on. */
export interface Engine {
  readonly name: string;
  /** Whether the app's connection is a superuser's, who could step out of the app's role by a statement of its own. */
  readonly superuserConnection: boolean;
  /** Why the engine cannot be tested with here. */
  readonly missing: string | undefined;
  open(schema: AppSchema): Promise<TestDatabase>;
}

export const embedded: Engine = {
  name: "PGlite",
  superuserConnection: true,
  missing: undefined,
  async open(schema) {
    const database = await createEmbeddedDatabase(testTemplate());
    await applyMigrations(migrationSession(database), schema.migrations);
    const rows = embeddedRows(database, schema.role);
    return {
      rows,
      admin: async (sql) => (await database.query<Record<string, unknown>>(sql)).rows,
      close: () => rows.close(),
    };
  },
};

export const loginRole = "app_login";
export const loginPassword = "a password for tests";

/** Lays the app's schema as a role like Cloud SQL's administrator: it makes roles, but is no superuser. */
export async function layOut(server: PostgresServer, schema: AppSchema, database = "rows"): Promise<void> {
  await server.superuser("create role migrator login createrole password 'migrator'");
  await server.superuser(`create database ${database} owner migrator`);
  const client = await server.connect("migrator", "migrator", database);
  try {
    await applyMigrations(
      { exec: (sql) => client.query(sql), query: (sql, parameters) => client.query(sql, [...parameters]) },
      schema.migrations,
    );
    await client.query(`create role ${loginRole} login password '${loginPassword}'`);
    await client.query(`grant ${schema.role} to ${loginRole}`);
  } finally {
    await client.end();
  }
}

const realServer: Engine = {
  name: "a PostgreSQL server",
  superuserConnection: false,
  missing: withoutPostgres(),
  async open(schema) {
    const server = await startPostgres();
    await layOut(server, schema);
    const connection = {
      host: server.host,
      port: server.port,
      database: "rows",
      user: loginRole,
      password: loginPassword,
    };
    const rows = await openPostgresqlRows({ connection, schema, connections: 4 });
    return {
      rows,
      admin: (sql) => server.superuser(sql, "rows"),
      close: async () => {
        await rows.close();
        await server.close();
      },
    };
  },
};

/** Runs the same tests on every engine that is there; says which is not. */
export function describeOnEngines(what: string, tests: (engine: Engine) => void): void {
  for (const engine of [embedded, realServer]) {
    const title = `${what} on ${engine.name}`;
    if (engine.missing === undefined) describe(title, () => tests(engine));
    else {
      process.stderr.write(`skipped: ${title}: ${engine.missing}\n`);
      describe.skip(`${title} (${engine.missing})`, () => tests(engine));
    }
  }
}
