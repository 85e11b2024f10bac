import { z } from "zod";
import {
  ConfigurationError,
  configurationFile,
  createLogger,
  readConfiguration,
  readEndpoints,
  readListenAddress,
  serve,
} from "../runtime";
import { systemClock } from "./clock";
import { tokenBrokerConfigSchema } from "./config";
import { createTokenBroker } from "./token-broker";
import { sendOverNetwork } from "./upstream/upstream-request";

// The few documents that the broker parses do not repay the time that compiling their schemas takes from its start.
z.config({ jitless: true });
const logger = createLogger("token-broker");

async function main(): Promise<void> {
  const config = readConfiguration(tokenBrokerConfigSchema, process.env);
  const { server, admin, start, reload } = await createTokenBroker(config, {
    endpoints: readEndpoints(process.env),
    logger,
    clock: systemClock,
    send: sendOverNetwork,
    random: Math.random,
    environment: process.env,
    configurationFile: configurationFile(process.env),
  });
  const address = readListenAddress(process.env);
  if (admin !== undefined && config.admin !== undefined) {
    logger.info({ event: "admin_ready", address: await admin.listen(config.admin) }, "probes and metrics are ready");
  }
  start();
  process.on("SIGHUP", reload);
  const scheme = config.listener.kind === "mutual-tls" ? "https" : "http";
  await serve(server, { ...address, scheme, logger });
}

main().catch((error: unknown) => {
  if (error instanceof ConfigurationError) for (const problem of error.problems) logger.fatal(problem);
  else logger.fatal(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
