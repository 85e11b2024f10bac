import { z } from "zod";
import { applyMigrations, appSchemas, MigrationError, migrations } from "./migrations";
import { openPostgresqlRows } from "./postgresql";
import type { Query, Rows } from "./rows";
import { layOut, loginPassword, loginRole } from "./testing/engines";
import { person } from "./testing/people";
import { type PostgresServer, startPostgres, withoutPostgres } from "./testing/postgres-server";

const missing = withoutPostgres();
if (missing !== undefined) process.stderr.write(`skipped: a PostgreSQL server: ${missing}\n`);
const describeServer = missing === undefined ? describe : describe.skip;

const anyRow = z.record(z.string(), z.unknown());
const run = (sql: string) => (query: Query) => query(anyRow, sql);
const schema = appSchemas["service-desk"];
const agent = person("agent");
const whoAmI =
  "select current_user::text as role, session_user::text as login, keyless.principal() as principal, pg_backend_pid() as backend";

describeServer("a PostgreSQL server", () => {
  let server: PostgresServer;
  let rows: Rows;
  const connection = (change: Record<string, unknown> = {}) => ({
    host: server.host,
    port: server.port,
    database: "rows",
    user: loginRole,
    password: loginPassword,
    ...change,
  });
  beforeAll(async () => {
    server = await startPostgres();
    await layOut(server, { role: schema.role, migrations });
    await server.superuser("create role root_login login superuser password 'p'");
    await server.superuser("create role bypassing nologin bypassrls");
    await server.superuser("create role bypassing_login login password 'p' in role bypassing, keyless_service_desk");
    await server.superuser("create role owning_login login password 'p' in role keyless_owner, keyless_service_desk");
    await server.superuser("create role strange_login login password 'p'");
    rows = await openPostgresqlRows({ connection: connection(), schema, connections: 2 });
  }, 60_000);
  afterAll(async () => {
    await rows?.close();
    await server?.close();
  });

  it("is logged in to by a role of the app's own, which becomes the app's role for a transaction only", async () => {
    expect(await rows.as(agent, run(whoAmI))).toMatchObject([
      { role: "keyless_service_desk", login: loginRole, principal: agent.principal },
    ]);
    const open = await server.superuser(`select state, query from pg_stat_activity where usename = '${loginRole}'`);
    expect(open.length).toBeGreaterThan(0);
    expect(open.every(({ state }) => state === "idle")).toBe(true);
  });

  it("shows the log-in nothing outside a reader's transaction", async () => {
    const client = await server.connect(loginRole, loginPassword, "rows");
    await rows.as(
      agent,
      run("insert into desk.people (principal) values (keyless.principal()) on conflict do nothing"),
    );
    expect((await client.query("select count(*)::int as count from desk.people")).rows).toEqual([{ count: 0 }]);
    await client.end();
  });

  it.each<[string, string, string]>([
    ["a superuser", "root_login", "owns tables or bypasses row security"],
    ["a role that may bypass row security", "bypassing_login", "bypasses row security"],
    ["a role that may become the owner", "owning_login", "bypasses row security"],
    ["a role that may not become the app's", "strange_login", "cannot become"],
  ])("is not used with the log-in of %s", async (_what, user, words) => {
    await expect(openPostgresqlRows({ connection: connection({ user, password: "p" }), schema })).rejects.toThrow(
      words,
    );
  });

  it("is not used before it was migrated", async () => {
    await server.superuser("create database empty");
    const use = openPostgresqlRows({
      connection: connection({ database: "empty" }),
      schema: { ...schema, role: "keyless_nothing" },
    });
    await expect(use).rejects.toThrow("cannot become");
  });

  it("refuses a wrong password without repeating it", async () => {
    const attempt = openPostgresqlRows({ connection: connection({ password: "a secret of ours" }), schema });
    await expect(attempt).rejects.toThrow("password authentication failed");
    await expect(attempt).rejects.not.toThrow("a secret of ours");
  });

  describe("a connection", () => {
    it("that breaks in the middle is not handed on, and the next reader gets a good one", async () => {
      const broken = rows.as(agent, async (query) => {
        const [me] = await query(z.object({ backend: z.int() }), whoAmI);
        await server.superuser(`select pg_terminate_backend(${me?.backend})`);
        return query(anyRow, "select 1");
      });
      await expect(broken).rejects.toThrow();
      for (let round = 0; round < 4; round += 1) {
        expect(await rows.as(person("next"), run(whoAmI))).toMatchObject([{ principal: person("next").principal }]);
      }
    });

    it("that breaks while nobody uses it ends nothing", async () => {
      const errors: Error[] = [];
      const own = await openPostgresqlRows({
        connection: connection(),
        schema,
        connections: 1,
        onIdleError: (error) => errors.push(error),
      });
      const [me] = await own.as(agent, (query) => query(z.object({ backend: z.int() }), whoAmI));
      await server.superuser(`select pg_terminate_backend(${me?.backend})`);
      for (const end = Date.now() + 5_000; errors.length === 0 && Date.now() < end; )
        await new Promise((done) => setTimeout(done, 20));
      expect(errors).toHaveLength(1);
      expect(await own.as(agent, run("select 1 as one"))).toEqual([{ one: 1 }]);
      await own.close();
    });

    it("is given back after every failure: two serve a hundred failing readers", async () => {
      const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => rows.as(agent, run("select 1/0"))));
      expect(outcomes.every(({ status }) => status === "rejected")).toBe(true);
      expect(await rows.as(agent, run("select 1 as one"))).toEqual([{ one: 1 }]);
    });

    it("keeps nothing that a statement tried to leave on it", async () => {
      const own = await openPostgresqlRows({ connection: connection(), schema, connections: 1 });
      const lasting = [
        "set_config('keyless.principal', 'principal://left-behind', false)",
        "set_config('keyless.groups', 'x', false)",
      ];
      for (const setting of lasting) await own.as(agent, run(`select ${setting}`)).catch(() => undefined);
      const next = person("next");
      expect(await own.as(next, run(whoAmI))).toMatchObject([{ principal: next.principal }]);
      await own.close();
    });
  });

  it("ends a statement that takes too long, and a transaction that does nothing", async () => {
    const [limits] = await rows.as(
      agent,
      run(
        "select current_setting('statement_timeout') as statement, current_setting('idle_in_transaction_session_timeout') as idle, current_setting('lock_timeout') as lock",
      ),
    );
    expect(limits).toEqual({ statement: "10s", idle: "15s", lock: "5s" });
  });

  describe("migrations", () => {
    const asMigrator = async <Result>(
      database: string,
      work: (session: Parameters<typeof applyMigrations>[0]) => Promise<Result>,
    ) => {
      const client = await server.connect("migrator", "migrator", database);
      try {
        return await work({
          exec: (sql) => client.query(sql),
          query: (sql, parameters) => client.query(sql, [...parameters]),
        });
      } finally {
        await client.end();
      }
    };

    it("are taken once, in order, also by two at the same time", async () => {
      await server.superuser("create database fresh owner migrator");
      const both = await Promise.all([
        asMigrator("fresh", (session) => applyMigrations(session, migrations)),
        asMigrator("fresh", (session) => applyMigrations(session, migrations)),
      ]);
      expect(both.map((taken) => taken.length).sort()).toEqual([0, migrations.length]);
      expect(await asMigrator("fresh", (session) => applyMigrations(session, migrations))).toEqual([]);
    });

    it("leave nothing of a step that fails", async () => {
      await server.superuser("create database failing owner migrator");
      const steps = [
        ...migrations.slice(0, 1),
        { name: "0009-broken", sql: "create table keyless.half (a int); select 1/0" },
      ];
      await expect(asMigrator("failing", (session) => applyMigrations(session, steps))).rejects.toThrow(
        "division by zero",
      );
      expect(await server.superuser("select tablename from pg_tables where schemaname = 'keyless'", "failing")).toEqual(
        [],
      );
    });

    it("refuse to go on from a step that was changed after it had been applied", async () => {
      const [first, ...rest] = migrations;
      const changed = [{ name: first?.name ?? "", sql: `${first?.sql} -- changed` }, ...rest];
      await expect(asMigrator("fresh", (session) => applyMigrations(session, changed))).rejects.toThrow(MigrationError);
    });
  });
});
