import { redactSecrets } from "../../runtime";

/** Who answered, or should have. */
export type Upstream =
  | "entra"
  | "azure-managed-identity"
  | "github-actions"
  | "token-file"
  | "token-url"
  | "aws"
  | "google-metadata"
  | "executable"
  | "security-token-service"
  | "iam-credentials"
  | "token-issuer";

export interface UpstreamErrorDetail {
  readonly upstream: Upstream;
  /**
   * The service's own code (`invalid_grant`, `AADSTS700027`, `PERMISSION_DENIED`), or ours where it gave none: `network`,
   * `timeout`, `aborted`, `http_NNN`, `malformed_response`, `unreadable`.
   */
  readonly code: string;
  readonly description: string;
  /** What to do about it. */
  readonly remedy?: string;
  readonly httpStatus?: number;
  /** Whether the same request may succeed soon: 429, 5xx, no connection, issuer not reachable. */
  readonly retryable: boolean;
  /** What Retry-After asked for. */
  readonly retryAfterSeconds?: number;
}

/** A service refused or did not answer. Carries the service's words, cut and cleaned, and never a token. */
export class UpstreamError extends Error {
  override readonly name = "UpstreamError";
  readonly upstream: Upstream;
  readonly code: string;
  readonly description: string;
  readonly remedy: string | undefined;
  readonly httpStatus: number | undefined;
  readonly retryable: boolean;
  readonly retryAfterSeconds: number | undefined;
  readonly #detail: UpstreamErrorDetail;

  constructor(detail: UpstreamErrorDetail) {
    const description = singleLine(detail.description);
    const remedy = detail.remedy === undefined ? "" : ` (what to do: ${detail.remedy})`;
    super(`${detail.upstream}: ${singleLine(detail.code)}: ${description}${remedy}`);
    this.upstream = detail.upstream;
    this.code = singleLine(detail.code);
    this.description = description;
    this.remedy = detail.remedy;
    this.httpStatus = detail.httpStatus;
    this.retryable = detail.retryable;
    this.retryAfterSeconds = detail.retryAfterSeconds;
    this.#detail = detail;
  }

  /** The same for somebody who hears of it later, when less of Retry-After is left. */
  heardLater(retryAfterSeconds: number): UpstreamError {
    return this.retryAfterSeconds === undefined ? this : new UpstreamError({ ...this.#detail, retryAfterSeconds });
  }
}

/**
 * Whether it may end by itself: an answer that cannot be read is a fault of the moment, not a refusal, even where the same
 * request is not sent again at once.
 */
export const isOutage = (error: unknown): error is UpstreamError =>
  error instanceof UpstreamError && (error.retryable || error.code === "malformed_response");

/** An upstream's text goes into logs and answers: no line breaks or control characters, nothing long, nothing secret. */
function singleLine(text: string): string {
  return redactSecrets(text.replace(/[^\x20-\x7e]+/g, " ")).slice(0, 400);
}
