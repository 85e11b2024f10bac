import type { Endpoints, EnvironmentVariables } from "../../runtime";
import type { Send } from "../upstream/upstream-request";

/** A token of the outside identity provider. */
export interface ExternalToken {
  readonly token: string;
  /** RFC 8693 `subject_token_type`. */
  readonly type: string;
  /** As far as something tells: what is over is not sent on. */
  readonly expiresAt: Date | undefined;
}

/** Where the broker's own external token comes from; each kind is a module of its own in this folder. */
export interface ExternalTokenSource {
  /** Asks anew each time. @throws {UpstreamError} */
  fetch(signal: AbortSignal): Promise<ExternalToken>;
}

/** What sources need of the world. */
export interface SourceTools {
  readonly send: Send;
  readonly now: () => Date;
  readonly endpoints: Endpoints;
  readonly environment: EnvironmentVariables;
  /** Full name of the workload identity provider, beginning with `//iam.googleapis.com/`. */
  readonly providerAudience: string;
}
