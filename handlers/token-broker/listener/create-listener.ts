import type { Logger } from "../../runtime";
import type { TokenBrokerConfig } from "../config";
import type { BrokerMetrics } from "../metrics";
import { frontListener } from "./front-listener";
import type { Listener } from "./listener";
import { readMutualTlsFiles } from "./mutual-tls-files";
import { MutualTlsListener } from "./mutual-tls-listener";

/** @throws {ConfigurationError} For a bad file. */
export function createListener(
  { listener, acceptBearer }: Pick<TokenBrokerConfig, "listener" | "acceptBearer">,
  logger: Logger,
  metrics: BrokerMetrics,
): Listener {
  if (listener.kind === "front") return frontListener;
  return new MutualTlsListener(readMutualTlsFiles(listener), {
    limits: listener.limits,
    needsCertificate: !acceptBearer,
    logger,
    onEvent: (event) => metrics.listenerEvent(event),
  });
}
