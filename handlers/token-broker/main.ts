import {
  ConfigurationError,
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

const logger = createLogger("token-broker");

async function main(): Promise<void> {
  const config = readConfiguration(tokenBrokerConfigSchema, process.env);
  const endpoints = readEndpoints(process.env);
  const { server, keeper } = createTokenBroker(config, {
    endpoints,
    logger,
    clock: systemClock,
    send: sendOverNetwork,
    random: Math.random,
  });
  keeper.start();
  // Requests that wait for a first token are finished before the keeper is stopped.
  server.addHook("onClose", () => keeper.stop());
  await serve(server, { ...readListenAddress(process.env), logger });
}

main().catch((error: unknown) => {
  if (error instanceof ConfigurationError) for (const problem of error.problems) logger.fatal(problem);
  else logger.fatal(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
