import type { Endpoints, EnvironmentVariables, Logger } from "../runtime";
import type { Clock } from "./clock";
import type { Send } from "./upstream/upstream-request";

/** What the broker needs of the world. */
export interface TokenBrokerTools {
  readonly endpoints: Endpoints;
  readonly logger: Logger;
  /** For the audit where it is part of the log: throws where a line cannot be written, for then no token is given. */
  readonly auditLogger: () => Logger;
  readonly clock: Clock;
  readonly send: Send;
  /** From 0 to below 1, as Math.random. */
  readonly random: () => number;
  readonly environment: EnvironmentVariables;
  /** The file that the configuration came from, whose policy may change; undefined where it did not come from a file. */
  readonly configurationFile: string | undefined;
}
