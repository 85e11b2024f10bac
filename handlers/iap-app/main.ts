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

async function main(): Promise<void> {
  const config = readConfiguration(iapAppConfigSchema, process.env);
  const { iapJwks } = readEndpoints(process.env);
  const { port, host } = readListenAddress(process.env);
  const logger = createLogger(process.env["K_SERVICE"] ?? config.app);

  const keys = createRemoteKeySource({
    url: iapJwks,
    onFetch: (outcome) => {
      if (outcome.ok) logger.info({ event: "keys_fetched", keyIds: [...outcome.keys.keys()] }, "IAP's keys fetched");
      else logger.error({ event: "keys_not_fetched", problem: outcome.problem }, "IAP's keys not fetched");
    },
  });
  const verify = createAssertionVerifier({ ...config, keys });
  // Both take a while; an outage of the key server at start is no reason to stay down, requests fetch again.
  const [app] = await Promise.all([buildIapApp(config, { verify, logger }), keys.refresh()]);
  await serve(app, { port, host, logger });
}

main().catch((error: unknown) => {
  const problems = error instanceof ConfigurationError ? error.problems : [String(error)];
  for (const problem of problems) createLogger("iap-app").fatal(problem);
  process.exit(1);
});
