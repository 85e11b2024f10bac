import { redactSecrets } from "../../runtime";
import type { Caller } from "../peer/caller";
import type { PeerIdentity } from "../peer/peer-identity";
import type { PolicyDescription } from "../policy/describe-policy";
import type { RefusalReason } from "../refusals";
import { StrangerLines } from "../stranger-lines";
import { type AuditFields, type OpenForm, openForm, rememberForm } from "./audit-chain";
import { type AuditTrail, type PendingLine, writeLine } from "./audit-trail";

/** What is known of a request: it grows on the request's way. */
export interface AuditedRequest {
  readonly requestId: string;
  readonly remoteAddress: string | undefined;
  caller?: Caller;
  /** Name in the policy. */
  client?: string;
  /** Granted, or asked for. */
  account?: string;
  /** In a token exchange: the client whose token was presented. */
  subject?: string;
}

export interface Issuance {
  /** RFC 8693, without the common beginning: access_token, id_token, jwt. */
  readonly tokenType: string;
  /** Hexadecimal. */
  readonly tokenSha256: string;
  readonly audience?: string | undefined;
  readonly expiresAt: Date;
}

/** Something that happens to the broker itself, not to a request. */
export type BrokerChange =
  | ({
      readonly event: "audit_started";
      /** Kind of the source. */
      readonly source: string;
      /** Of the source's certificate, where it has one. */
      readonly certificateThumbprint: string | undefined;
    } & PolicyDescription)
  | { readonly event: "assertion_signed"; readonly certificateThumbprint: string }
  | { readonly event: "source_changed"; readonly certificateThumbprint: string }
  | ({ readonly event: "policy_changed" } & PolicyDescription);

export type ApprovalEvent = "approval_requested" | "approval_given" | "approval_denied";

/** One line for each token given, each refusal and each change: who, what, why. A token is there as its SHA-256 only. */
export class Audit {
  readonly #trail: AuditTrail;
  readonly #strangers = new StrangerLines();

  constructor(trail: AuditTrail) {
    this.#trail = trail;
  }

  /** To be waited for before the token leaves. @throws {AuditUnavailableError} */
  issued(request: AuditedRequest, issuance: Issuance): Promise<void> {
    return writeLine(this.#trail, issuanceFields(request, issuance));
  }

  /**
   * The line of {@link issued}, made ready for requests like one before. It leaves open where they come from, and how many
   * requests of one moment it stands for (`requests`); it names the certificate by its fingerprint alone, for the whole
   * description stands in the first request's line.
   */
  repeated(request: Omit<AuditedRequest, "requestId" | "remoteAddress">, issuance: Issuance): OpenForm {
    const fields = issuanceFields({ ...request, requestId: undefined, remoteAddress: undefined }, issuance);
    const { caller } = request;
    const certificate =
      caller?.kind === "certificate" ? { sha256Fingerprint: caller.peer.sha256Fingerprint } : undefined;
    return openForm({ ...fields, certificate }, ["remoteAddress", "requests"]);
  }

  /** Writes lines that were made ready, each with what waits for it. */
  write(lines: readonly PendingLine[]): void {
    this.#trail.addAll(lines);
  }

  /**
   * A refusal is given also when it cannot be written down. Of callers that are no client of the policy, or were refused
   * before it was asked, so many are, and the next line says how many were not.
   *
   * @param detail The upstream's words, where it was the upstream that refused.
   */
  async refused(request: AuditedRequest, reason: RefusalReason, detail?: string): Promise<void> {
    if (request.client === undefined && !this.#strangers.admit()) return;
    await this.#writeIfPossible({
      event: "token_refused",
      leftOut: this.#strangers.takeLeftOut(),
      ...describe(request),
      reason,
      detail: detail === undefined ? undefined : redactSecrets(detail),
    });
  }

  /** @throws {AuditUnavailableError} */
  approval(
    event: ApprovalEvent,
    request: AuditedRequest,
    detail: { readonly approvalId: string; readonly approver?: string },
  ): Promise<void> {
    return writeLine(this.#trail, { event, ...describe(request), ...detail });
  }

  /** What cannot be written here has happened all the same. */
  async changed(change: BrokerChange): Promise<void> {
    await this.#writeIfPossible(change);
  }

  get sequence(): number {
    return this.#trail.sequence;
  }

  reopen(): void {
    this.#trail.reopen();
  }

  async close(): Promise<void> {
    await this.#writeIfPossible({ event: "audit_stopped", leftOut: this.#strangers.takeLeftOut() });
    this.#trail.close();
  }

  async #writeIfPossible(fields: AuditFields): Promise<void> {
    // The trail itself says in the log that it fails.
    await writeLine(this.#trail, fields).catch(() => undefined);
  }
}

/** A connection's certificate is described once; what is in it is others' text, and is cleaned. */
const described = new WeakMap<PeerIdentity, object>();

const issuanceFields = (
  request: Omit<AuditedRequest, "requestId"> & { readonly requestId: string | undefined },
  { tokenType, tokenSha256, audience, expiresAt }: Issuance,
): AuditFields => ({
  event: "token_issued",
  ...describe(request),
  tokenType,
  audience,
  tokenSha256,
  expiresAt: expiresAt.toISOString(),
});

function describe({
  requestId,
  remoteAddress,
  caller,
  client,
  account,
  subject,
}: Omit<AuditedRequest, "requestId"> & { readonly requestId: string | undefined }) {
  return {
    requestId,
    remoteAddress,
    client,
    subject,
    account: account === undefined ? undefined : redactSecrets(account),
    certificate: caller?.kind === "certificate" ? describePeer(caller.peer) : undefined,
    bearer:
      caller?.kind === "jwt"
        ? {
            issuer: caller.issuer,
            subject: redactSecrets(caller.subject),
            tokenId: caller.tokenId && redactSecrets(caller.tokenId),
          }
        : undefined,
  };
}

function describePeer(peer: PeerIdentity): object {
  const known = described.get(peer);
  if (known !== undefined) return known;
  const description = rememberForm({
    sha256Fingerprint: peer.sha256Fingerprint,
    serialNumber: peer.serialNumber,
    subject: redactSecrets(peer.subject),
    issuer: redactSecrets(peer.issuer),
    spiffeId: peer.spiffeId && redactSecrets(peer.spiffeId),
  });
  described.set(peer, description);
  return description;
}
