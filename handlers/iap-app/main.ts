import { migrateArgument } from "../../facts/cloud-sql";
import {
  ConfigurationError,
  createLogger,
  readConfiguration,
  readEndpoints,
  readListenAddress,
  serve,
} from "../runtime";
import { buildIapApp } from "./app";
import { createRemoteKeySource } from "./assertion/key-source";
import { createAssertionVerifier } from "./assertion/verify";
import { iapAppConfigSchema } from "./config";
import { createDirectory } from "./directory";
import { runMigrationTask } from "./migration-task/run";
import { readDatabaseAuthority } from "./rows/cloud-sql-connection";
import type { AppSchema } from "./rows/migrations";
import { openRows } from "./rows/open-rows";
import { createMetadataServer } from "./upstream/metadata-server";

async function serveApp(): Promise<void> {
  const config = readConfiguration(iapAppConfigSchema, process.env);
  const endpoints = readEndpoints(process.env);
  const { port, host } = readListenAddress(process.env);
  const logger = createLogger(process.env["K_SERVICE"] ?? config.app);

  const keys = createRemoteKeySource({
    url: endpoints.iapJwks,
    onFetch: (outcome) => {
      if (outcome.ok) logger.info({ event: "keys_fetched", keyIds: [...outcome.keys.keys()] }, "IAP's keys fetched");
      else logger.error({ event: "keys_not_fetched", problem: outcome.problem }, "IAP's keys not fetched");
    },
  });
  const verify = createAssertionVerifier({ ...config, keys });
  const directory = config.directory && createDirectory(config.directory, { endpoints, logger });
  const surroundings = {
    metadata: createMetadataServer(endpoints.googleMetadata),
    // Set by the local twin only.
    embeddedTemplate: process.env["KEYLESS_EMBEDDED_TEMPLATE"],
    certificateAuthority: readDatabaseAuthority(process.env),
    onIdleError: (error: Error) => logger.warn({ event: "database_connection_lost", err: error }, "connection lost"),
  };
  const dependencies = {
    verify,
    directory,
    openRows: (schema: AppSchema) => openRows(config.database, schema, surroundings),
    logger,
  };
  // Both take a while; an outage of the key server at start is no reason to stay down, requests fetch again.
  const [app] = await Promise.all([buildIapApp(config, dependencies), keys.refresh()]);
  await serve(app, { port, host, logger });
}

/** One image, two ways to run it: as a service, and as the job that brings the databases up to date before. */
const main = process.argv[2] === migrateArgument ? runMigrationTask(process.env) : serveApp();

main.catch((error: unknown) => {
  const problems = error instanceof ConfigurationError ? error.problems : [String(error)];
  for (const problem of problems) createLogger("iap-app").fatal(problem);
  process.exit(1);
});
