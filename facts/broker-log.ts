/** Events of the token broker's log that metrics count; the broker writes them, and a test holds that it does. */
export const brokerEvents = {
  issued: "token_issued",
  refused: "token_refused",
  refreshed: "token_refreshed",
  refreshFailed: "token_refresh_failed",
} as const;

/** Name of the Cloud Run service. */
export const brokerService = "token-broker";
