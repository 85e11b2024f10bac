import { createHash } from "node:crypto";
import { z } from "zod";
import { ownerRole, roleExists } from "./foundation";
import type { Migration } from "./migration";

/** A connection of whoever lays the schema: on a server the migrating role, never the app's. */
export interface MigrationSession {
  /** Runs statements without parameters. */
  exec(sql: string): Promise<unknown>;
  query(sql: string, parameters: readonly string[]): Promise<{ readonly rows: readonly unknown[] }>;
}

/** The database is not in a state that the steps lead on from. */
export class MigrationError extends Error {
  override readonly name = "MigrationError";
}

/** Any number, the same for all who migrate, so that of two at once one waits. */
const lock = 7_216_004_101;

const ledgerRow = z.object({ name: z.string(), digest: z.string() });

/**
 * Brings a database up to date: each step once, in order, all in one transaction.
 *
 * @returns Names of the steps that were taken now.
 * @throws {MigrationError} Where a step that was taken before reads differently today: it was changed after its release.
 */
export async function applyMigrations(
  session: MigrationSession,
  migrations: readonly Migration[],
): Promise<readonly string[]> {
  await session.exec("begin");
  try {
    const taken = await migrateInTransaction(session, migrations);
    await session.exec("commit");
    return taken;
  } catch (error) {
    await session.exec("rollback");
    throw error;
  }
}

async function migrateInTransaction(
  session: MigrationSession,
  migrations: readonly Migration[],
): Promise<readonly string[]> {
  await session.exec(`select pg_advisory_xact_lock(${lock});
    ${roleExists(ownerRole)}
    grant ${ownerRole} to current_user;
    create schema if not exists keyless authorization ${ownerRole};
    create table if not exists keyless.migrations (
      name text primary key,
      digest text not null,
      applied_at timestamptz not null default now()
    );`);
  const { rows } = await session.query("select name, digest from keyless.migrations", []);
  const known = new Map(rows.map((row) => ledgerRow.parse(row)).map(({ name, digest }) => [name, digest]));
  const taken: string[] = [];
  for (const { name, sql } of migrations) {
    const digest = createHash("sha256").update(sql).digest("hex");
    const before = known.get(name);
    if (before === digest) continue;
    if (before !== undefined) throw new MigrationError(`${name} was changed after it had been applied`);
    await session.exec(sql);
    await session.query("insert into keyless.migrations (name, digest) values ($1, $2)", [name, digest]);
    taken.push(name);
  }
  return taken;
}
