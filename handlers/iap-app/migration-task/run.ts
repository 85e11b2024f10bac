import { createLogger, readConfiguration, readEndpoints } from "../../runtime";
import { cloudSqlConnection, readDatabaseAuthority } from "../rows/cloud-sql-connection";
import { createMetadataServer } from "../upstream/metadata-server";
import { migrationTaskSchema } from "./config";
import { migrateDatabases } from "./migrate";

/** The apps' image as a job: lays the schemas and ends. @throws Whatever keeps a database from being brought up to date. */
export async function runMigrationTask(environment: NodeJS.ProcessEnv): Promise<void> {
  const { server, user, ...task } = readConfiguration(migrationTaskSchema, environment);
  const surroundings = {
    metadata: createMetadataServer(readEndpoints(environment).googleMetadata),
    certificateAuthority: readDatabaseAuthority(environment),
  };
  const logger = createLogger("app-migrations");
  const migrated = await migrateDatabases(task, (database) =>
    cloudSqlConnection(server, { database, user }, surroundings),
  );
  for (const { database, taken } of migrated)
    logger.info({ event: "database_migrated", database, taken }, "database is up to date");
}
