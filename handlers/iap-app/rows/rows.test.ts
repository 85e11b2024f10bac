import { PGlite } from "@electric-sql/pglite";
import { z } from "zod";
import type { Identity } from "../identity";
import { principalOf } from "../testing/local-iap";
import { migrate } from "./embedded";
import type { Query, Rows } from "./rows";
import { createTicketRepository, type TicketRepository } from "./ticket-repository";

const identity = (subject: string): Identity => ({
  principal: principalOf(subject),
  email: `${subject}@ailab.com`,
  accessLevels: [],
});
const nobody: Identity = { principal: "", email: "", accessLevels: [] };
const agent = identity("desk-agent");
const second = identity("second-desk-agent");

let database: PGlite;
let rows: Rows;
let tickets: TicketRepository;
beforeAll(async () => {
  database = await PGlite.create();
  rows = await migrate(database);
  tickets = createTicketRepository(rows);
});
afterAll(() => rows.close());

const anyRow = z.record(z.string(), z.unknown());
const run =
  (sql: string, ...parameters: (string | number)[]) =>
  (query: Query) =>
    query(anyRow, sql, parameters);

describe("a person", () => {
  let agentTicket: number;
  let secondTicket: number;
  beforeAll(async () => {
    agentTicket = await tickets.create(agent, { subject: "of the agent", description: "" });
    secondTicket = await tickets.create(second, { subject: "of the second agent", description: "" });
  });

  it("finds two sample tickets of their own at the first visit, and no more at the next", async () => {
    const newcomer = identity("newcomer");
    const first = await tickets.list(newcomer);
    expect(first).toHaveLength(2);
    expect(first.every(({ description }) => description.includes("newcomer@ailab.com"))).toBe(true);
    expect(await tickets.list(newcomer)).toEqual(first);
  });

  it("gets the sample tickets once, also from many first requests at the same time", async () => {
    const hasty = identity("hasty");
    await Promise.all(Array.from({ length: 20 }, () => tickets.list(hasty)));
    expect(await tickets.list(hasty)).toHaveLength(2);
  });

  it("sees only their own tickets", async () => {
    const subjects = (await tickets.list(agent)).map(({ subject }) => subject);
    expect(subjects).toContain("of the agent");
    expect(subjects).not.toContain("of the second agent");
  });

  it("finds neither ticket nor comments of somebody else, by number", async () => {
    expect(await tickets.find(second, secondTicket)).toMatchObject({ ticket: { subject: "of the second agent" } });
    expect(await tickets.find(agent, secondTicket)).toBeUndefined();
  });

  it("comments on and closes their own ticket", async () => {
    expect(await tickets.comment(agent, agentTicket, "Any news?")).toBe(true);
    expect(await tickets.close(agent, agentTicket)).toBe(true);
    expect(await tickets.find(agent, agentTicket)).toMatchObject({
      ticket: { state: "closed" },
      comments: [{ body: "Any news?" }],
    });
  });

  it("neither comments on nor closes somebody else's, and learns nothing about it", async () => {
    expect(await tickets.comment(agent, secondTicket, "mine now")).toBe(false);
    expect(await tickets.close(agent, secondTicket)).toBe(false);
    expect(await tickets.close(agent, 999_999)).toBe(false);
    expect(await tickets.find(second, secondTicket)).toMatchObject({ ticket: { state: "open" }, comments: [] });
  });

  it.each([
    [
      "insert a ticket as another",
      "insert into desk.tickets (principal, subject, description) values ($1, 'x', '')",
      "row-level security",
    ],
    ["enrol another", "insert into desk.people (principal) values ($1 || '-new')", "row-level security"],
    ["hand a ticket to another", "update desk.tickets set principal = $1", "permission denied"],
    ["delete tickets", "delete from desk.tickets where principal = $1", "permission denied"],
    ["drop the policy", "drop policy own_rows on desk.tickets -- $1", "must be owner"],
    ["switch row security off", "alter table desk.tickets disable row level security -- $1", "must be owner"],
    ["truncate the table", "truncate desk.comments -- $1", "permission denied"],
    ["add a table without policies", "create table desk.mine (a text) -- $1", "permission denied"],
  ])("cannot %s, even with SQL of their own", async (_what, sql, message) => {
    const parameters = sql.includes("-- $1") ? [] : [second.principal];
    await expect(rows.as(agent, run(sql, ...parameters))).rejects.toThrow(message);
  });

  it("cannot comment on another's ticket past the repository either", async () => {
    const sql = "insert into desk.comments (ticket_id, principal, body) values ($1, $2, 'x')";
    await expect(rows.as(agent, run(sql, secondTicket, agent.principal))).rejects.toThrow("row-level security");
    await expect(rows.as(agent, run(sql, 999_999, agent.principal))).rejects.toThrow("row-level security");
  });

  it("updates no row of another's with a statement that names no owner", async () => {
    await rows.as(agent, run("update desk.tickets set state = 'closed'"));
    expect(await tickets.find(second, secondTicket)).toMatchObject({ ticket: { state: "open" } });
  });

  it.each([
    "x'); drop table desk.tickets; --",
    "' or '1'='1",
    "x', 'principal'); set keyless.principal = 'other'; --",
    "$1; reset role",
    "\\'; select set_config('keyless.principal', 'other', false); --",
  ])("has %j stored as the text it is", async (text) => {
    const id = await tickets.create(agent, { subject: text, description: text });
    await tickets.comment(agent, id, text);
    expect(await tickets.find(agent, id)).toMatchObject({
      ticket: { subject: text, description: text },
      comments: [{ body: text }],
    });
    expect(await tickets.list(second)).not.toContainEqual(expect.objectContaining({ subject: text }));
  });

  it("whose principal is itself an injection sees nothing but their own", async () => {
    const hostile = { ...agent, principal: `${agent.principal}' or '1'='1` };
    const seen = await tickets.list(hostile);
    expect(seen).toHaveLength(2);
    expect(seen.every(({ subject }) => subject !== "of the agent")).toBe(true);
  });

  it("cannot send a second statement behind the first", async () => {
    await expect(rows.as(agent, run("select 1 as one; reset role"))).rejects.toThrow("multiple commands");
  });
});

describe("without an identity", () => {
  it("there are no rows, and none can be written", async () => {
    await tickets.list(agent);
    expect(await rows.as(nobody, run("select * from desk.tickets"))).toEqual([]);
    expect(await rows.as(nobody, run("select * from desk.people"))).toEqual([]);
    await expect(tickets.create(nobody, { subject: "x", description: "" })).rejects.toThrow();
  });

  it("the owner of the tables sees nothing either, because row security is forced on it", async () => {
    await tickets.list(agent);
    expect((await database.query("select * from desk.people")).rows).not.toEqual([]);
    await database.exec("set role keyless_owner");
    expect((await database.query("select * from desk.people")).rows).toEqual([]);
    await database.exec("reset role");
  });
});

describe("the transaction", () => {
  const whoAmI = "select current_user::text as role, current_setting('keyless.principal', true) as principal";
  /** Looks at the connection itself, from outside any transaction of ours. */
  const expectNobodyLeftBehind = async () =>
    expect((await database.query(whoAmI)).rows).toEqual([{ role: "postgres", principal: "" }]);

  it("leaves no identity and no role behind when it has gone well", async () => {
    await rows.as(agent, run("select 1"));
    await expectNobodyLeftBehind();
  });

  it("runs as a role that can neither log in nor bypass row security nor own a table", async () => {
    expect(await rows.as(agent, run(whoAmI))).toEqual([{ role: "keyless_app", principal: agent.principal }]);
    const flags = "select rolcanlogin, rolbypassrls, rolsuper from pg_roles where rolname = current_user";
    expect(await rows.as(agent, run(flags))).toEqual([{ rolcanlogin: false, rolbypassrls: false, rolsuper: false }]);
    const owned = "select tablename from pg_tables where tableowner = current_user";
    expect(await rows.as(agent, run(owned))).toEqual([]);
  });

  it("covers every table of the schema with forced row security", async () => {
    const sql = `select relname from pg_class join pg_namespace n on n.oid = relnamespace
      where nspname = 'desk' and relkind = 'r' and not (relrowsecurity and relforcerowsecurity)`;
    expect(await rows.as(agent, run(sql))).toEqual([]);
    const tables = await rows.as(agent, run("select tablename from pg_tables where schemaname = 'desk'"));
    expect(tables).toHaveLength(3);
  });

  it.each([
    ["the database", (query: Query) => query(anyRow, "select 1/0")],
    ["the work", () => Promise.reject(new Error("in the middle"))],
    ["an unexpected row", (query: Query) => query(z.object({ missing: z.string() }), "select 1 as one")],
  ])("that fails because of %s leaves neither identity nor rows behind", async (_what, failing) => {
    const before = (await tickets.list(agent)).length;
    const failure = rows.as(agent, async (query) => {
      const sql = "insert into desk.tickets (principal, subject, description) values ($1, 'lost', '') returning id";
      await query(anyRow, sql, [agent.principal]);
      return failing(query);
    });
    await expect(failure).rejects.toThrow();
    await expectNobodyLeftBehind();
    expect(await tickets.list(agent)).toHaveLength(before);
  });

  it("gives a query that is of no use once it has ended", async () => {
    let kept: Query | undefined;
    await rows.as(agent, async (query) => {
      kept = query;
    });
    await expect(kept?.(anyRow, "select 1")).rejects.toThrow();
  });

  it("never mixes people whose requests interleave", async () => {
    const people = ["a", "b", "c"].map((name) => identity(`concurrent-${name}`));
    const sql = "select principal from desk.tickets union all select current_setting('keyless.principal')";
    await Promise.all(
      Array.from({ length: 150 }, async (_, index) => {
        const person = people[index % people.length] ?? nobody;
        if (index % 5 === 0) await tickets.create(person, { subject: `number ${index}`, description: "" });
        if (index % 7 === 0) await rows.as(person, run("select 1/0")).catch(() => undefined);
        const seen = await rows.as(person, async (query) => {
          await new Promise((resolve) => setImmediate(resolve));
          return query(z.object({ principal: z.string() }), sql);
        });
        expect(new Set(seen.map(({ principal }) => principal))).toEqual(new Set([person.principal]));
      }),
    );
  });
});
