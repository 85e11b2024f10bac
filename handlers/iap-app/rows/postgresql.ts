import { createHash } from "node:crypto";
import { Pool, type PoolClient, type PoolConfig } from "pg";
import { z } from "zod";
import type { AppSchema } from "./migrations";
import { type Reader, readerSettings, settingsWith } from "./reader";
import type { Query, Rows } from "./rows";

/** The database would let the app see more than its policies allow, or nothing at all. */
export class UnsafeDatabaseError extends Error {
  override readonly name = "UnsafeDatabaseError";
}

export interface PostgresqlOptions {
  readonly connection: Pick<PoolConfig, "host" | "port" | "database" | "user" | "password" | "ssl">;
  readonly schema: AppSchema;
  /** Connections at most; 10 unless told. */
  readonly connections?: number;
  /** Told of what happened to a connection that nobody was using, for the log. */
  readonly onIdleError?: (error: Error) => void;
}

/** Milliseconds. */
const limits = { connect: 5_000, statement: 10_000, idleInTransaction: 15_000, lock: 5_000, idle: 60_000 } as const;

/**
 * A PostgreSQL server. Every transaction becomes the app's role and takes the reader's name for its own length only; a
 * connection whose transaction did not end in good order is closed, not handed on, so nobody inherits anything.
 *
 * @throws {UnsafeDatabaseError} where log-in or app role could get past row security
 */
export async function openPostgresqlRows(options: PostgresqlOptions): Promise<Rows> {
  const { connection, schema, connections = 10, onIdleError = () => undefined } = options;
  const pool = new Pool({
    ...connection,
    max: connections,
    connectionTimeoutMillis: limits.connect,
    idleTimeoutMillis: limits.idle,
    statement_timeout: limits.statement,
    lock_timeout: limits.lock,
    idle_in_transaction_session_timeout: limits.idleInTransaction,
    application_name: schema.role,
  });
  // Without listeners a connection that breaks would end the process: idle, or between two statements of a transaction,
  // whose next statement then fails.
  pool.on("error", onIdleError);
  pool.on("connect", (client) => client.on("error", () => undefined));
  try {
    await checkRoles(pool, schema.role);
  } catch (error) {
    await pool.end();
    throw error;
  }
  return {
    as: (reader, work) => inTransaction(pool, schema.role, reader, work),
    close: () => pool.end(),
  };
}

async function inTransaction<Result>(
  pool: Pool,
  role: string,
  reader: Reader,
  work: (query: Query) => Promise<Result>,
): Promise<Result> {
  const settings = readerSettings(reader);
  const client = await pool.connect();
  let clean = false;
  try {
    const result = await runWork(client, role, settings, work);
    const { command } = await client.query("commit");
    clean = true;
    // PostgreSQL answers the commit of a failed transaction with ROLLBACK and no error.
    if (command !== "COMMIT") throw new Error("the transaction was rolled back: a statement in it had failed");
    return result;
  } catch (error) {
    if (!clean) clean = await rollBack(client);
    throw error;
  } finally {
    client.release(!clean);
  }
}

async function runWork<Result>(
  client: PoolClient,
  role: string,
  settings: readonly string[],
  work: (query: Query) => Promise<Result>,
): Promise<Result> {
  let over = false;
  try {
    // One round trip for all three. Several statements take no parameters, so the values stand in the text, quoted.
    const [principal, groups, reports] = settings.map((value) => client.escapeLiteral(value));
    await client.query(`begin; set local role ${role}; ${settingsWith(principal ?? "", groups ?? "", reports ?? "")}`);
    return await work(async (row, sql, parameters = []) => {
      // The connection may serve somebody else by now.
      if (over) throw new Error("the transaction is over");
      // By name, so that each connection plans it once, policies and all; also without parameters, as the simple protocol would
      // take several statements in one text.
      const statement = { name: statementName(sql), text: sql, values: [...parameters] };
      const { rows } = await client.query(statement);
      return rows.map((value) => row.parse(value));
    });
  } finally {
    over = true;
  }
}

/** Names of the statements, which are written in the code: there are as many as there are places that ask. */
const statementNames = new Map<string, string>();

function statementName(sql: string): string {
  const known = statementNames.get(sql);
  if (known !== undefined) return known;
  const name = createHash("sha256").update(sql).digest("base64url");
  statementNames.set(sql, name);
  return name;
}

/** Whether the connection is as it was before the transaction. */
async function rollBack(client: PoolClient): Promise<boolean> {
  try {
    await client.query("rollback");
    return true;
  } catch {
    return false;
  }
}

const roleRow = z.object({ name: z.string(), unsafe: z.boolean() });

/**
 * Looks at every role that the log-in is or can become. Row security binds neither superusers nor roles with BYPASSRLS, and an
 * owner can take it off.
 */
async function checkRoles(pool: Pool, role: string): Promise<void> {
  const { rows } = await pool.query(
    `select rolname as name,
       rolsuper or rolbypassrls
         or exists (select from pg_class where relowner = pg_roles.oid and relkind in ('r', 'p', 'v', 'm')) as unsafe
     from pg_roles where pg_has_role(session_user, oid, 'member')`,
  );
  const roles = z.array(roleRow).parse(rows);
  const unsafe = roles.find((found) => found.unsafe);
  if (unsafe !== undefined) {
    throw new UnsafeDatabaseError(
      `the log-in is or can become ${unsafe.name}, which owns tables or bypasses row security: give it ${role} only`,
    );
  }
  if (!roles.some(({ name }) => name === role)) {
    throw new UnsafeDatabaseError(`the log-in cannot become ${role}: migrate the database, then grant the role to it`);
  }
}
