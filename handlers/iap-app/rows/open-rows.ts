import { type CloudSqlSurroundings, cloudSqlConnection } from "./cloud-sql-connection";
import type { DatabaseConfig } from "./database-config";
import { openEmbeddedRows } from "./embedded";
import type { AppSchema } from "./migrations";
import { openPostgresqlRows } from "./postgresql";
import type { Rows } from "./rows";

/** What a database needs of the process beside its configuration. */
export interface RowsSurroundings extends CloudSqlSurroundings {
  /** File that an embedded database begins from, see `createEmbeddedDatabase`. */
  readonly embeddedTemplate: string | undefined;
  /** Told of what happened to a connection that nobody was using. */
  readonly onIdleError: (error: Error) => void;
}

/** Opens the rows that the configuration names, for an app's schema. @throws Where a server is not to be used. */
export async function openRows(
  config: DatabaseConfig,
  schema: AppSchema,
  surroundings: RowsSurroundings,
): Promise<Rows> {
  if (config.kind === "embedded") return openEmbeddedRows(schema, surroundings.embeddedTemplate);
  const connection = cloudSqlConnection(config.server, config, surroundings);
  return openPostgresqlRows({ schema, connection, onIdleError: surroundings.onIdleError });
}
