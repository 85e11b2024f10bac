import { z } from "zod";
import type { Person } from "../person";
import type { Query, Rows } from "./rows";
import { welcomeTickets } from "./welcome-tickets";

const ticketSchema = z.object({
  id: z.int(),
  principal: z.string(),
  email: z.string(),
  subject: z.string(),
  description: z.string(),
  state: z.enum(["open", "closed"]),
  created_at: z.date(),
});
const commentSchema = z.object({ email: z.string(), body: z.string(), created_at: z.date() });
const idSchema = z.object({ id: z.int() });

export type Ticket = z.output<typeof ticketSchema>;
export type Comment = z.output<typeof commentSchema>;
export interface TicketWithComments {
  readonly ticket: Ticket;
  /** Oldest first. */
  readonly comments: readonly Comment[];
}
export interface NewTicket {
  /** 1 to 200 characters. */
  readonly subject: string;
  /** At most 5 000 characters. */
  readonly description: string;
}

/**
 * The tickets that a person may see: their own, and those of the people who report to them. Any other is as absent as one
 * that never was: no answer tells them apart. Every function throws the database's error.
 */
export interface TicketRepository {
  /** Newest first, at most 200. A person seen for the first time finds two sample tickets of their own. */
  list(person: Person): Promise<readonly Ticket[]>;
  find(person: Person, id: number): Promise<TicketWithComments | undefined>;
  /** @returns The new ticket's number. */
  create(person: Person, ticket: NewTicket): Promise<number>;
  /** @returns false where the person sees no such ticket. */
  comment(person: Person, id: number, body: string): Promise<boolean>;
  /** @returns false where the person has no such ticket of their own. */
  close(person: Person, id: number): Promise<boolean>;
  /** Ends the connection to the database. */
  disconnect(): Promise<void>;
}

const columns = "id, principal, email, subject, description, state, created_at";

/** The statements name no principal in a condition: which rows exist for a person is the policies' business alone. */
export const createTicketRepository = (rows: Rows): TicketRepository => ({
  list: (person) =>
    rows.as(person, async (query) => {
      await enrol(query, person);
      return query(ticketSchema, `select ${columns} from desk.tickets order by id desc limit 200`);
    }),

  find: (person, id) =>
    rows.as(person, async (query) => {
      const [ticket] = await query(ticketSchema, `select ${columns} from desk.tickets where id = $1`, [id]);
      if (!ticket) return undefined;
      const sql = "select email, body, created_at from desk.comments where ticket_id = $1 order by id";
      return { ticket, comments: await query(commentSchema, sql, [id]) };
    }),

  create: (person, ticket) =>
    rows.as(person, async (query) => {
      await enrol(query, person);
      return insertTicket(query, person, ticket);
    }),

  comment: (person, id, body) =>
    rows.as(person, async (query) => {
      await enrol(query, person);
      const sql = `insert into desk.comments (ticket_id, principal, email, body)
        select id, $2, $3, $4 from desk.tickets where id = $1 returning id`;
      return (await query(idSchema, sql, [id, person.principal, person.email, body])).length === 1;
    }),

  close: (person, id) =>
    rows.as(person, async (query) => {
      const closed = await query(idSchema, "update desk.tickets set state = 'closed' where id = $1 returning id", [id]);
      return closed.length === 1;
    }),

  disconnect: () => rows.close(),
});

/** Notes a person at first sight, with their sample tickets; of two requests at once, one does it. */
async function enrol(query: Query, person: Person): Promise<void> {
  const sql = "insert into desk.people (principal) values ($1) on conflict do nothing returning 1 as id";
  const added = await query(idSchema, sql, [person.principal]);
  if (added.length === 0) return;
  for (const ticket of welcomeTickets(person)) await insertTicket(query, person, ticket);
}

async function insertTicket(query: Query, { principal, email }: Person, ticket: NewTicket): Promise<number> {
  const sql = "insert into desk.tickets (principal, email, subject, description) values ($1, $2, $3, $4) returning id";
  const [inserted] = await query(idSchema, sql, [principal, email, ticket.subject, ticket.description]);
  if (!inserted) throw new Error("the database returned no number for the new ticket");
  return inserted.id;
}
