import "./interpreted-schemas";
import {
  ConfigurationError,
  configurationFile,
  createLogger,
  LogOutput,
  readConfiguration,
  readEndpoints,
  readListenAddress,
  serve,
} from "../runtime";
import { systemClock } from "./clock";
import { tokenBrokerConfigSchema } from "./config";
import { createTokenBroker } from "./token-broker";
import { checkProxy, sendOverNetwork } from "./upstream/upstream-request";

const output = new LogOutput(1);
const logger = createLogger("token-broker", output.lenient);

// An error that nobody has expected ends the process, in the log's form and without what looks like a secret.
process.on("uncaughtException", (error) => {
  logger.fatal({ event: "crashed", err: error }, "the broker has failed, and ends");
  process.exit(1);
});

// Without a listener the signal would end the process, also while it starts.
let reload = () => {};
process.on("SIGHUP", () => reload());

async function main(): Promise<void> {
  const config = readConfiguration(tokenBrokerConfigSchema, process.env);
  checkProxy(process.env);
  const broker = await createTokenBroker(config, {
    endpoints: readEndpoints(process.env),
    logger,
    auditLogger: () => createLogger("token-broker", output.strict),
    clock: systemClock,
    send: sendOverNetwork,
    random: Math.random,
    environment: process.env,
    configurationFile: configurationFile(process.env),
  });
  const { server, admin, start } = broker;
  const address = readListenAddress(process.env);
  if (admin !== undefined && config.admin !== undefined) {
    logger.info({ event: "admin_ready", address: await admin.listen(config.admin) }, "probes and metrics are ready");
  }
  // Callers are let in before the first tokens are asked for; whoever comes in between waits for the same exchange.
  server.addHook("onListen", async () => start());
  reload = broker.reload;
  const scheme = config.listener.kind === "mutual-tls" ? "https" : "http";
  await serve(server, { ...address, scheme, logger });
}

main().catch((error: unknown) => {
  if (error instanceof ConfigurationError) for (const problem of error.problems) logger.fatal(problem);
  else logger.fatal(error instanceof Error ? error.message : String(error));
  process.exit(1);
});
