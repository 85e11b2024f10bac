import { createHash } from "node:crypto";
import type { Logger } from "../runtime";
import type { PeerIdentity } from "./peer/peer-identity";
import type { RefusalReason } from "./refusals";

/** What is known of a request, as far as it came. */
export interface AuditedRequest {
  readonly requestId: string;
  readonly remoteAddress: string | undefined;
  readonly peer?: PeerIdentity;
  /** Name in the policy. */
  readonly client?: string;
  /** Granted, or asked for. */
  readonly account?: string;
}

export interface Issuance {
  readonly accessToken: string;
  readonly expiresAt: Date;
}

/** One line for each token given and each refusal: who, what, why. The token is there as its SHA-256 only. */
export class Audit {
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  issued(request: AuditedRequest, { accessToken, expiresAt }: Issuance): void {
    const tokenSha256 = createHash("sha256").update(accessToken).digest("hex");
    const record = { event: "token_issued", ...describe(request), tokenSha256, expiresAt: expiresAt.toISOString() };
    this.#logger.info(record, "token issued");
  }

  /** @param detail The upstream's words, where it was the upstream that refused. */
  refused(request: AuditedRequest, reason: RefusalReason, detail?: string): void {
    this.#logger.warn({ event: "token_refused", ...describe(request), reason, detail }, `token refused: ${reason}`);
  }
}

function describe({ requestId, remoteAddress, peer, client, account }: AuditedRequest): Record<string, unknown> {
  return {
    requestId,
    remoteAddress,
    client,
    account,
    certificate: peer && {
      sha256Fingerprint: peer.sha256Fingerprint,
      serialNumber: peer.serialNumber,
      subject: peer.subject,
      issuer: peer.issuer,
      spiffeId: peer.spiffeId,
    },
  };
}
