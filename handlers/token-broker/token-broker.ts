import type { FastifyInstance } from "fastify";
import type { Endpoints, Logger } from "../runtime";
import type { Clock } from "./clock";
import type { ListenerConfig, TokenBrokerConfig } from "./config";
import { tokenChain } from "./exchange/issue-token";
import { type KeeperEvent, TokenKeeper } from "./keeper/token-keeper";
import { frontListener } from "./listener/front-listener";
import type { Listener } from "./listener/listener";
import { readMutualTlsFiles } from "./listener/mutual-tls-files";
import { mutualTlsListener } from "./listener/mutual-tls-listener";
import { createTokenBrokerServer } from "./server";
import { entraClientAssertionSource } from "./sources/entra-client-assertion";
import { readEntraCredential } from "./sources/entra-credential";
import type { ExternalTokenSource } from "./sources/external-token-source";
import type { Send } from "./upstream/upstream-request";

export interface TokenBrokerTools {
  readonly endpoints: Endpoints;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly send: Send;
  /** From 0 to below 1, as Math.random. */
  readonly random: () => number;
}

export interface TokenBroker {
  readonly server: FastifyInstance;
  readonly keeper: TokenKeeper;
}

/** Puts the broker together; nothing is listened on or fetched yet. @throws {ConfigurationError} For a bad file. */
export function createTokenBroker(config: TokenBrokerConfig, tools: TokenBrokerTools): TokenBroker {
  const { clients } = config.policy;
  const { clock, logger, random } = tools;
  const issue = tokenChain(externalTokenSource(config.source, tools), config.exchange.audience, tools);
  const grants = clients.flatMap((client) => client.grants);
  const keeper = new TokenKeeper(grants, { issue, clock, random, onEvent: (event) => logKeeperEvent(logger, event) });
  const listener = createListener(config.listener, logger);
  return { server: createTokenBrokerServer({ listener, clients, keeper, clock, logger }), keeper };
}

/** Milliseconds: how long before its end a certificate is worth a warning at start. */
const certificateWarning = 14 * 24 * 3_600_000;

function externalTokenSource(
  config: TokenBrokerConfig["source"],
  { endpoints, clock, logger, send }: TokenBrokerTools,
): ExternalTokenSource {
  const now = () => new Date(clock.now().wall);
  const credential = readEntraCredential(config, now());
  const { notAfter } = credential;
  if (notAfter.getTime() - now().getTime() < certificateWarning) {
    logger.warn({ event: "certificate_ends_soon", notAfter }, "the Entra certificate ends soon");
  }
  return entraClientAssertionSource(config, credential, { origin: endpoints.entra, send, now });
}

function createListener(config: ListenerConfig, logger: Logger): Listener {
  return config.kind === "front" ? frontListener : mutualTlsListener(readMutualTlsFiles(config), logger);
}

function logKeeperEvent(logger: Logger, event: KeeperEvent): void {
  const { account } = event.grant;
  if (event.kind === "refreshed") {
    logger.info({ event: "token_refreshed", account, lifetimeSeconds: event.lifetimeSeconds }, "token refreshed");
    return;
  }
  const { reason, error, retryInSeconds, remainingSeconds } = event;
  const record = { event: "token_refresh_failed", account, reason, err: error, retryInSeconds, remainingSeconds };
  if (reason === "upstream_refused") logger.error(record, "the broker was refused a token: check its configuration");
  else logger.warn(record, "no token could be had, trying again");
}
