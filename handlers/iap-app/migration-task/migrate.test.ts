import { z } from "zod";
import { appSchemas } from "../rows/migrations";
import { openPostgresqlRows } from "../rows/postgresql";
import { person } from "../rows/testing/people";
import { type PostgresServer, startPostgres, withoutPostgres } from "../rows/testing/postgres-server";
import { type MigrationTaskConfig, migrationTaskSchema } from "./config";
import { migrateDatabases } from "./migrate";

const missing = withoutPostgres();
if (missing !== undefined) process.stderr.write(`skipped: the task on a PostgreSQL server: ${missing}\n`);

const login = (app: string) => `app-${app}@example-dev.iam`;
const task: Pick<MigrationTaskConfig, "role" | "databases"> = {
  role: "cloudsqlsuperuser",
  databases: [
    { app: "service-desk", database: "service-desk", login: login("service-desk") },
    { app: "marketing-immersion", database: "marketing-immersion", login: login("marketing-immersion") },
  ],
};

/** A server as Cloud SQL hands it over: databases of a role that may make roles, log-ins with no rights of their own. */
(missing === undefined ? describe : describe.skip)("the task that lays the schemas", () => {
  let server: PostgresServer;
  const connect = (user: string) => (database: string) => ({
    host: server.host,
    port: server.port,
    database,
    user,
    password: "p",
  });
  const migrate = () => migrateDatabases(task, connect("migrations@example-dev.iam"));
  beforeAll(async () => {
    server = await startPostgres();
    await server.superuser("create role cloudsqlsuperuser nologin createrole createdb");
    for (const name of [
      "migrations@example-dev.iam",
      "stranger@example-dev.iam",
      ...task.databases.map((one) => one.login),
    ])
      await server.superuser(`create role "${name}" login password 'p'`);
    await server.superuser('grant cloudsqlsuperuser to "migrations@example-dev.iam"');
    for (const { database } of task.databases)
      await server.superuser(`create database "${database}" owner cloudsqlsuperuser`);
  }, 60_000);
  afterAll(() => server?.close());

  it("brings each database to its own app's steps once, and changes nothing when it runs again", async () => {
    const steps = (app: keyof typeof appSchemas) => appSchemas[app].migrations.map(({ name }) => name);
    expect(await migrate()).toEqual([
      { database: "service-desk", taken: steps("service-desk") },
      { database: "marketing-immersion", taken: steps("marketing-immersion") },
    ]);
    expect((await migrate()).flatMap(({ taken }) => taken)).toEqual([]);
  }, 30_000);

  it("leaves each app an account that can become the app's role and nothing above it", async () => {
    const schema = appSchemas["service-desk"];
    const connection = connect(login("service-desk"))("service-desk");
    const rows = await openPostgresqlRows({ connection, schema });
    const agent = person("agent");
    const found = await rows.as(agent, (query) =>
      query(z.object({ role: z.string() }), "select current_user::text as role"),
    );
    expect(found).toEqual([{ role: schema.role }]);
    await rows.close();
  }, 30_000);

  it.each([
    ["another app's database", login("marketing-immersion"), "service-desk"],
    ["any database, by an account that none was given to", "stranger@example-dev.iam", "service-desk"],
  ])("keeps out of %s", async (_what, user, database) => {
    await expect(server.connect(user, "p", database)).rejects.toThrow("permission denied for database");
  });

  it("fails with the database's words where the account is not the role it needs", async () => {
    await expect(migrateDatabases(task, connect("stranger@example-dev.iam"))).rejects.toThrow(/permission denied/);
  });
});

describe("the task's configuration", () => {
  const given = {
    server: { host: "10.20.0.3", commonName: "example-dev:apps-01" },
    user: "migrations@example-dev.iam",
    ...task,
  };

  it("is read as the deployment writes it", () => {
    expect(migrationTaskSchema.parse(given)).toMatchObject({ server: { port: 5432 }, role: "cloudsqlsuperuser" });
  });

  it.each([
    ["an app that keeps no rows", { databases: [{ app: "landing", database: "d", login: "l" }] }],
    ["no database", { databases: [] }],
    ["a role that would add an option", { role: "x -c session_preload_libraries=y" }],
    ["a password", { password: "p" }],
  ])("is refused with %s", (_what, change) => {
    expect(migrationTaskSchema.safeParse({ ...given, ...change }).success).toBe(false);
  });
});
