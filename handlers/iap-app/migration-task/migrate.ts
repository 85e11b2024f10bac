import { Client, type ClientConfig } from "pg";
import { applyMigrations, appSchemas } from "../rows/migrations";
import type { MigrationTaskConfig } from "./config";

/** One database that was brought up to date. */
export interface MigratedDatabase {
  readonly database: string;
  /** Names of the steps that were taken now. */
  readonly taken: readonly string[];
}

/**
 * Brings every app's database up to date and lets the app's account, and nobody else's, become the app's role in it. Running it
 * again changes nothing. The apps themselves have no right to do any of this.
 *
 * @param connect Options of a connection of the migrating account to a database.
 * @throws {MigrationError} or the database's error; databases before the failing one stay as they were brought.
 */
export async function migrateDatabases(
  { role, databases }: Pick<MigrationTaskConfig, "role" | "databases">,
  connect: (database: string) => ClientConfig,
): Promise<readonly MigratedDatabase[]> {
  const migrated: MigratedDatabase[] = [];
  for (const { app, database, login } of databases) {
    const schema = appSchemas[app];
    const client = new Client({
      ...connect(database),
      application_name: "keyless-migrations",
      // CREATEROLE is no right that membership hands on: one has to be the role that has it. From the start of the session, as
      // the steps go back to that with RESET ROLE.
      options: `-c role=${role}`,
    });
    await client.connect();
    try {
      const names = { database: client.escapeIdentifier(database), login: client.escapeIdentifier(login) };
      const taken = await applyMigrations(
        { exec: (sql) => client.query(sql), query: (sql, parameters) => client.query(sql, [...parameters]) },
        schema.migrations,
      );
      // PostgreSQL lets everybody into a database unless told otherwise: another app's account has no business here.
      await client.query(`revoke connect, temporary on database ${names.database} from public`);
      await client.query(`grant connect on database ${names.database} to ${names.login}`);
      await client.query(`grant ${schema.role} to ${names.login}`);
      migrated.push({ database, taken });
    } finally {
      await client.end();
    }
  }
  return migrated;
}
