import type { Logger } from "../runtime";
import type { KeeperEvent } from "./keeper/token-keeper";

/** One line for each token that was obtained, and for each that was not. */
export function logKeeperEvent(logger: Logger, event: KeeperEvent): void {
  const { account, kind } = event.target;
  if (event.kind === "refreshed") {
    logger.info({ event: "token_refreshed", account, kind, lifetimeSeconds: event.lifetimeSeconds }, "token refreshed");
    return;
  }
  const { reason, error, retryInSeconds, remainingSeconds } = event;
  const record = { event: "token_refresh_failed", account, kind, reason, err: error, retryInSeconds, remainingSeconds };
  if (reason === "upstream_refused") logger.error(record, "the broker was refused a token: check its configuration");
  else logger.warn(record, "no token could be had, trying again");
}
