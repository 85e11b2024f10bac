import { z } from "zod";
import type { Person } from "../person";
import { appSchemas } from "./migrations";
import type { Query } from "./rows";
import { describeOnEngines, type TestDatabase } from "./testing/engines";
import { person } from "./testing/people";
import { createTicketRepository, type TicketRepository } from "./ticket-repository";

const agent = person("desk-agent");
const second = person("second-desk-agent");
const manager = person("manager", { reports: ["desk-agent", "newcomer"] });

const anyRow = z.record(z.string(), z.unknown());
const run =
  (sql: string, ...parameters: (string | number)[]) =>
  (query: Query) =>
    query(anyRow, sql, parameters);

describeOnEngines("tickets", (engine) => {
  let database: TestDatabase;
  let tickets: TicketRepository;
  let agentTicket: number;
  let secondTicket: number;
  beforeAll(async () => {
    database = await engine.open(appSchemas["service-desk"]);
    tickets = createTicketRepository(database.rows);
    agentTicket = await tickets.create(agent, { subject: "of the agent", description: "" });
    secondTicket = await tickets.create(second, { subject: "of the second agent", description: "" });
  });
  afterAll(() => database.close());
  const as = (who: Person, sql: string, ...parameters: (string | number)[]) =>
    database.rows.as(who, run(sql, ...parameters));
  const subjects = async (who: Person) => (await tickets.list(who)).map(({ subject }) => subject);

  describe("a person", () => {
    it("finds two sample tickets of their own at the first visit, and no more at the next", async () => {
      const newcomer = person("newcomer");
      const first = await tickets.list(newcomer);
      expect(first).toHaveLength(2);
      expect(first.every(({ description }) => description.includes("newcomer@ailab.com"))).toBe(true);
      expect(await tickets.list(newcomer)).toEqual(first);
    });

    it("gets the sample tickets once, also from many first requests at the same time", async () => {
      const hasty = person("hasty");
      await Promise.all(Array.from({ length: 20 }, () => tickets.list(hasty)));
      expect(await tickets.list(hasty)).toHaveLength(2);
    });

    it("sees only their own tickets", async () => {
      expect(await subjects(agent)).toContain("of the agent");
      expect(await subjects(agent)).not.toContain("of the second agent");
    });

    it("finds neither ticket nor comments of somebody else, by number", async () => {
      expect(await tickets.find(second, secondTicket)).toMatchObject({ ticket: { subject: "of the second agent" } });
      expect(await tickets.find(agent, secondTicket)).toBeUndefined();
    });

    it("comments on and closes their own ticket", async () => {
      const ticket = await tickets.create(agent, { subject: "to be closed", description: "" });
      expect(await tickets.comment(agent, ticket, "Any news?")).toBe(true);
      expect(await tickets.close(agent, ticket)).toBe(true);
      expect(await tickets.find(agent, ticket)).toMatchObject({
        ticket: { state: "closed", email: "desk-agent@ailab.com" },
        comments: [{ body: "Any news?", email: "desk-agent@ailab.com" }],
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
        "insert into desk.tickets (principal, email, subject, description) values ($1, 'e', 'x', '')",
        "row-level security",
      ],
      ["enrol another", "insert into desk.people (principal) values ($1 || '-new')", "row-level security"],
      ["hand a ticket to another", "update desk.tickets set principal = $1", "permission denied"],
      ["write another's address", "update desk.tickets set email = $1", "permission denied"],
      ["delete tickets", "delete from desk.tickets where principal = $1", "permission denied"],
      ["drop the policy", "drop policy owner_changes on desk.tickets -- $1", "must be owner"],
      ["switch row security off", "alter table desk.tickets disable row level security -- $1", "must be owner"],
      ["truncate the table", "truncate desk.comments -- $1", "permission denied"],
      ["add a table without policies", "create table desk.mine (a text) -- $1", "permission denied"],
      [
        "change who asks",
        "create or replace function keyless.principal() returns text return 'x' -- $1",
        "permission denied",
      ],
      ["read which steps the schema went through", "select * from keyless.migrations -- $1", "permission denied"],
    ])("cannot %s, even with SQL of their own", async (_what, sql, message) => {
      const parameters = sql.includes("-- $1") ? [] : [second.principal];
      await expect(as(agent, sql, ...parameters)).rejects.toThrow(message);
    });

    // PGlite's connection is the superuser's: there, that no statement is built from input is the guard.
    (engine.superuserConnection ? it.skip : it)("cannot become another role", async () => {
      for (const role of ["keyless_owner", "keyless_marketing_immersion", "postgres", "migrator"])
        await expect(as(agent, `set local role ${role}`)).rejects.toThrow(/permission denied|does not exist/);
      await expect(as(agent, "set session authorization postgres")).rejects.toThrow("permission denied");
      await expect(as(agent, "select pg_read_file('/etc/passwd')")).rejects.toThrow("permission denied");
      await expect(as(agent, "copy desk.tickets to program 'true'")).rejects.toThrow();
    });

    it("cannot comment on another's ticket past the repository either", async () => {
      const sql = "insert into desk.comments (ticket_id, principal, email, body) values ($1, $2, 'e', 'x')";
      await expect(as(agent, sql, secondTicket, agent.principal)).rejects.toThrow("row-level security");
      await expect(as(agent, sql, 999_999, agent.principal)).rejects.toThrow("row-level security");
    });

    it("cannot comment in another's name", async () => {
      const sql = "insert into desk.comments (ticket_id, principal, email, body) values ($1, $2, 'e', 'x')";
      await expect(as(agent, sql, agentTicket, second.principal)).rejects.toThrow("row-level security");
    });

    it("updates no row of another's with a statement that names no owner", async () => {
      await as(agent, "update desk.tickets set state = 'closed'");
      expect(await tickets.find(second, secondTicket)).toMatchObject({ ticket: { state: "open" } });
    });

    it("learns nothing of others' rows from an error of an expression", async () => {
      const sql =
        "select * from desk.tickets where 1 / (case when subject = 'of the second agent' then 0 else 1 end) = 1";
      await expect(as(agent, sql)).resolves.toBeDefined();
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
      expect(await subjects(second)).not.toContain(text);
    });

    it("whose principal is itself an injection sees nothing but their own", async () => {
      const hostile = { ...agent, principal: `${agent.principal}'or'1'='1` };
      const seen = await tickets.list(hostile);
      expect(seen).toHaveLength(2);
      expect(seen.every(({ subject }) => subject !== "of the agent")).toBe(true);
    });

    it("cannot send a second statement behind the first", async () => {
      await expect(as(agent, "select 1 as one; reset role")).rejects.toThrow("multiple commands");
    });
  });

  describe("a manager", () => {
    it("sees the tickets of those who report to them, and of nobody else", async () => {
      expect(await subjects(manager)).toContain("of the agent");
      expect(await subjects(manager)).not.toContain("of the second agent");
      expect(await tickets.find(manager, agentTicket)).toMatchObject({ ticket: { email: "desk-agent@ailab.com" } });
      expect(await tickets.find(manager, secondTicket)).toBeUndefined();
    });

    it("comments in their own name, and the owner reads it", async () => {
      const ticket = await tickets.create(agent, { subject: "for the manager", description: "" });
      expect(await tickets.comment(manager, ticket, "I look into it.")).toBe(true);
      expect(await tickets.find(agent, ticket)).toMatchObject({
        comments: [{ body: "I look into it.", email: "manager@ailab.com" }],
      });
    });

    it("does not close a report's ticket, nor write one in their name", async () => {
      const ticket = await tickets.create(agent, { subject: "stays open", description: "" });
      expect(await tickets.close(manager, ticket)).toBe(false);
      expect(await tickets.find(agent, ticket)).toMatchObject({ ticket: { state: "open" } });
      const sql = "insert into desk.tickets (principal, email, subject, description) values ($1, 'e', 'x', '')";
      await expect(as(manager, sql, agent.principal)).rejects.toThrow("row-level security");
    });

    it("sees nothing more as soon as nobody reports to them", async () => {
      const { groups, reports: _, ...rest } = manager;
      const former: Person = { ...rest, groups, reports: [] };
      expect(await subjects(former)).not.toContain("of the agent");
      expect(await tickets.find(former, agentTicket)).toBeUndefined();
    });

    it("is not seen by those who report to them", async () => {
      const ticket = await tickets.create(manager, { subject: "of the manager", description: "" });
      expect(await tickets.find(agent, ticket)).toBeUndefined();
    });

    it("does not see what a report's report writes", async () => {
      const chief = person("chief", { reports: ["manager"] });
      expect(await subjects(chief)).not.toContain("of the agent");
    });
  });

  describe("every table of the schema", () => {
    it("has forced row security, and at least one policy", async () => {
      const rows = await database.admin(
        `select relname, relrowsecurity and relforcerowsecurity as forced,
           (select count(*) from pg_policy where polrelid = pg_class.oid)::int as policies
         from pg_class join pg_namespace n on n.oid = relnamespace where nspname = 'desk' and relkind = 'r'`,
      );
      expect(rows).toHaveLength(3);
      expect(rows.filter(({ forced, policies }) => forced !== true || Number(policies) < 1)).toEqual([]);
    });

    it("belongs to an owner whom row security binds too", async () => {
      const seen = await database.admin("select count(*)::int as count from desk.people");
      expect(seen).not.toEqual([{ count: 0 }]);
      // A test connection of its own on a server, the one connection of PGlite: the role must be left again.
      await expect(database.admin("set role keyless_owner")).resolves.toBeDefined();
      const flags = "select rolcanlogin, rolbypassrls, rolsuper from pg_roles where rolname = 'keyless_owner'";
      expect(await database.admin(flags)).toEqual([{ rolcanlogin: false, rolbypassrls: false, rolsuper: false }]);
      if (engine.superuserConnection) {
        expect(await database.admin("select count(*)::int as count from desk.people")).toEqual([{ count: 0 }]);
        await database.admin("reset role");
      }
    });
  });
});
