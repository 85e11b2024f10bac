import { z } from "zod";
import type { Identity } from "../identity";
import type { Query, Rows } from "./rows";
import { welcomeTickets } from "./welcome-tickets";

const ticketSchema = z.object({
  id: z.int(),
  subject: z.string(),
  description: z.string(),
  state: z.enum(["open", "closed"]),
  created_at: z.date(),
});
const commentSchema = z.object({ body: z.string(), created_at: z.date() });
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
 * A person's own tickets. A ticket of somebody else's is as absent as one that never was: no answer tells them apart.
 * Every function throws the database's error.
 */
export interface TicketRepository {
  /** Newest first, at most 200. A person seen for the first time finds two sample tickets of their own. */
  list(identity: Identity): Promise<readonly Ticket[]>;
  find(identity: Identity, id: number): Promise<TicketWithComments | undefined>;
  /** @returns The new ticket's number. */
  create(identity: Identity, ticket: NewTicket): Promise<number>;
  /** @returns false where the person has no such ticket. */
  comment(identity: Identity, id: number, body: string): Promise<boolean>;
  /** @returns false where the person has no such ticket. */
  close(identity: Identity, id: number): Promise<boolean>;
  /** Ends the connection to the database. */
  disconnect(): Promise<void>;
}

const columns = "id, subject, description, state, created_at";

/** The statements name no principal in a condition: which rows exist for a person is the policies' business alone. */
export const createTicketRepository = (rows: Rows): TicketRepository => ({
  list: (identity) =>
    rows.as(identity, async (query) => {
      await enrol(query, identity);
      return query(ticketSchema, `select ${columns} from desk.tickets order by id desc limit 200`);
    }),

  find: (identity, id) =>
    rows.as(identity, async (query) => {
      const [ticket] = await query(ticketSchema, `select ${columns} from desk.tickets where id = $1`, [id]);
      if (!ticket) return undefined;
      const sql = "select body, created_at from desk.comments where ticket_id = $1 order by id";
      return { ticket, comments: await query(commentSchema, sql, [id]) };
    }),

  create: (identity, ticket) =>
    rows.as(identity, async (query) => {
      await enrol(query, identity);
      return insertTicket(query, identity, ticket);
    }),

  comment: (identity, id, body) =>
    rows.as(identity, async (query) => {
      const sql = `insert into desk.comments (ticket_id, principal, body)
        select id, $2, $3 from desk.tickets where id = $1 returning id`;
      return (await query(idSchema, sql, [id, identity.principal, body])).length === 1;
    }),

  close: (identity, id) =>
    rows.as(identity, async (query) => {
      const closed = await query(idSchema, "update desk.tickets set state = 'closed' where id = $1 returning id", [id]);
      return closed.length === 1;
    }),

  disconnect: () => rows.close(),
});

/** Notes a person at first sight, with their sample tickets; of two requests at once, one does it. */
async function enrol(query: Query, identity: Identity): Promise<void> {
  const sql = "insert into desk.people (principal) values ($1) on conflict do nothing returning 1 as id";
  const added = await query(idSchema, sql, [identity.principal]);
  if (added.length === 0) return;
  for (const ticket of welcomeTickets(identity)) await insertTicket(query, identity, ticket);
}

async function insertTicket(query: Query, identity: Identity, { subject, description }: NewTicket): Promise<number> {
  const sql = "insert into desk.tickets (principal, subject, description) values ($1, $2, $3) returning id";
  const [inserted] = await query(idSchema, sql, [identity.principal, subject, description]);
  if (!inserted) throw new Error("the database returned no number for the new ticket");
  return inserted.id;
}
