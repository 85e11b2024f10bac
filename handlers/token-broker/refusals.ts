import type { UnavailableReason } from "./keeper/token-keeper";
import type { PeerRefusal } from "./listener/listener";
import type { PolicyRefusal } from "./policy";

/** Everything for which a client can be refused: the vocabulary of answers, of the audit and of alerts. */
export type RefusalReason = PeerRefusal | PolicyRefusal | UnavailableReason | "request_malformed" | "internal_error";

export interface Refusal {
  readonly status: 400 | 401 | 403 | 500 | 503;
  /** RFC 6749 §5.2 where it has a code for the case. */
  readonly error: "invalid_request" | "invalid_client" | "access_denied" | "temporarily_unavailable" | "server_error";
  readonly description: string;
}

const unauthenticated = (description: string): Refusal => ({ status: 401, error: "invalid_client", description });
const denied = (description: string): Refusal => ({ status: 403, error: "access_denied", description });
const malformed = (description: string): Refusal => ({ status: 400, error: "invalid_request", description });

/** What the client is told for each reason. */
export const refusals: Readonly<Record<RefusalReason, Refusal>> = {
  certificate_missing: unauthenticated("no client certificate was presented"),
  certificate_chain_not_verified: unauthenticated("the client certificate does not chain to a trusted authority"),
  certificate_malformed: unauthenticated("the client certificate cannot be read"),
  certificate_not_yet_valid: unauthenticated("the client certificate is not yet valid"),
  certificate_expired: unauthenticated("the client certificate has expired"),
  certificate_is_ca: unauthenticated("the client certificate is an authority's certificate"),
  certificate_key_usage: unauthenticated(
    "the client certificate's key usage must be digitalSignature and not signing of certificates",
  ),
  certificate_extended_key_usage: unauthenticated("the client certificate's extended key usage lacks clientAuth"),
  certificate_spiffe_id: unauthenticated(
    "the client certificate must name exactly one URI, a valid SPIFFE ID with a path",
  ),
  certificate_fingerprint_mismatch: unauthenticated(
    "the client certificate and its fingerprint do not belong together",
  ),
  front_headers_malformed: unauthenticated("the client certificate cannot be read"),
  front_headers_duplicated: denied("headers about the client certificate stand twice"),
  front_headers_unexpected: denied("headers about the client certificate are the load balancer's to set"),
  iap_assertion_present: denied("the request came through the front for people"),
  client_not_listed: denied("no client of the policy has this certificate"),
  client_ambiguous: denied("several clients of the policy have this certificate"),
  account_not_granted: denied("the policy does not grant this account to the client"),
  account_required: malformed(
    "the client has several accounts: name one, as in ?account=NAME@PROJECT.iam.gserviceaccount.com",
  ),
  request_malformed: malformed("expected no parameter but one account, and no body"),
  upstream_unavailable: { status: 503, error: "temporarily_unavailable", description: "no token at the moment" },
  upstream_refused: { status: 503, error: "temporarily_unavailable", description: "the broker itself was refused" },
  internal_error: { status: 500, error: "server_error", description: "the broker failed" },
};
