import { z } from "zod";
import type { Person } from "../person";
import { appSchemas } from "./migrations";
import type { Query } from "./rows";
import { describeOnEngines, type TestDatabase } from "./testing/engines";
import { marketingGroup, otherGroup, person } from "./testing/people";
import { createTicketRepository, type TicketRepository } from "./ticket-repository";

const agent = person("desk-agent", { groups: [marketingGroup, otherGroup], reports: ["r1", "r2"] });
const anyRow = z.record(z.string(), z.unknown());
const run =
  (sql: string, ...parameters: (string | number)[]) =>
  (query: Query) =>
    query(anyRow, sql, parameters);

const whoAmI = `select current_user::text as role, coalesce(keyless.principal(), '') as principal,
  keyless.groups()::text[] as groups, keyless.reports() as reports`;

describeOnEngines("a transaction", (engine) => {
  let database: TestDatabase;
  let tickets: TicketRepository;
  beforeAll(async () => {
    database = await engine.open(appSchemas["service-desk"]);
    tickets = createTicketRepository(database.rows);
  });
  afterAll(() => database.close());
  const as = <Result>(who: Person, work: (query: Query) => Promise<Result>) => database.rows.as(who, work);

  it("knows its reader: principal, groups and reports", async () => {
    expect(await as(agent, run(whoAmI))).toEqual([
      {
        role: "keyless_service_desk",
        principal: agent.principal,
        groups: agent.groups,
        reports: agent.reports,
      },
    ]);
  });

  it("knows empty lists as empty, also after one that were not", async () => {
    await as(agent, run("select 1"));
    expect(await as(person("alone"), run(whoAmI))).toMatchObject([{ groups: [], reports: [] }]);
  });

  it("runs as a role that can neither log in nor bypass row security nor own a table", async () => {
    const flags = "select rolcanlogin, rolbypassrls, rolsuper from pg_roles where rolname = current_user";
    expect(await as(agent, run(flags))).toEqual([{ rolcanlogin: false, rolbypassrls: false, rolsuper: false }]);
    expect(await as(agent, run("select tablename from pg_tables where tableowner = current_user"))).toEqual([]);
  });

  it.each<[string, Partial<Person>]>([
    ["no principal", { principal: "" }],
    ["a principal with a blank, which would be two in a list", { principal: "a b" }],
    ["a principal with a control character", { principal: "a\u0000b" }],
    ["a group that is no object id", { groups: ["marketing"] }],
    ["two groups in one", { groups: [`${marketingGroup} ${otherGroup}`] }],
    ["a report with a blank", { reports: ["a b"] }],
    ["a report that is nobody", { reports: [""] }],
  ])("does not begin for a reader with %s", async (_what, change) => {
    await expect(as({ ...agent, ...change }, run("select 1"))).rejects.toThrow(TypeError);
  });

  const failures: [string, (query: Query) => Promise<unknown>][] = [
    ["the database", (query) => query(anyRow, "select 1/0")],
    ["the work", () => Promise.reject(new Error("in the middle"))],
    ["an unexpected row", (query) => query(z.object({ missing: z.string() }), "select 1 as one")],
    ["a statement beside another", (query) => Promise.all([query(anyRow, "select 1/0"), query(anyRow, "select 1")])],
  ];
  it.each(failures)(
    "that fails because of %s leaves no rows behind, and the next reader nothing of it",
    async (_what, failing) => {
      const before = (await tickets.list(agent)).length;
      const failure = as(agent, async (query) => {
        const sql =
          "insert into desk.tickets (principal, email, subject, description) values ($1, 'e', 'lost', '') returning id";
        await query(anyRow, sql, [agent.principal]);
        return failing(query);
      });
      await expect(failure).rejects.toThrow();
      for (let round = 0; round < 6; round += 1) {
        expect(await as(person("next"), run(whoAmI))).toMatchObject([
          { principal: person("next").principal, groups: [], reports: [] },
        ]);
      }
      expect(await tickets.list(agent)).toHaveLength(before);
    },
  );

  it("does not count as done where the work hid that a statement failed", async () => {
    const before = (await tickets.list(agent)).length;
    const hiding = as(agent, async (query) => {
      const sql =
        "insert into desk.tickets (principal, email, subject, description) values ($1, 'e', 'lost', '') returning id";
      await query(anyRow, sql, [agent.principal]);
      await query(anyRow, "select 1/0").catch(() => undefined);
    });
    await expect(hiding.then(() => "committed")).rejects.toThrow();
    expect(await tickets.list(agent)).toHaveLength(before);
  });

  it("gives a query that is of no use once it has ended", async () => {
    let kept: Query | undefined;
    await as(agent, async (query) => {
      kept = query;
    });
    await expect(kept?.(anyRow, "select 1")).rejects.toThrow();
    await as(agent, run("select 1/0")).catch(() => undefined);
    await expect(kept?.(anyRow, "select 1")).rejects.toThrow();
  });

  it("never mixes people whose requests interleave, whatever fails in between", async () => {
    const groups = [marketingGroup, otherGroup];
    const people = ["a", "b", "c", "d", "e"].map((name, index) =>
      person(`concurrent-${name}`, { groups: [groups[index % 2] ?? ""], reports: index === 4 ? ["concurrent-a"] : [] }),
    );
    const sql = `select principal from desk.tickets union all select keyless.principal()`;
    await Promise.all(
      Array.from({ length: 300 }, async (_, index) => {
        const who = people[index % people.length] ?? agent;
        if (index % 5 === 0) await tickets.create(who, { subject: `number ${index}`, description: "" });
        if (index % 7 === 0) await as(who, run("select 1/0")).catch(() => undefined);
        if (index % 11 === 0) await as(who, () => Promise.reject(new Error("work"))).catch(() => undefined);
        const [settings, seen] = await as(who, async (query) => {
          await new Promise((resolve) => setImmediate(resolve));
          const first = await query(anyRow, whoAmI);
          return [first, await query(z.object({ principal: z.string() }), sql)] as const;
        });
        expect(settings).toMatchObject([{ principal: who.principal, groups: who.groups, reports: who.reports }]);
        const allowed = new Set([who.principal, ...who.reports]);
        expect(seen.filter(({ principal }) => !allowed.has(principal))).toEqual([]);
      }),
    );
  });
});
