import type { ApprovalRefusal } from "./approval/approvals";
import type { TokenRefusal } from "./bearer/token-verifier";
import type { UnavailableReason } from "./keeper/token-keeper";
import type { PeerRefusal } from "./listener/listener";
import type { PolicyRefusal } from "./policy/policy";

/** Why a request to the token endpoint is refused before it comes to a token. */
export type TokenRequestRefusal =
  | "parameter_missing"
  | "parameter_repeated"
  | "parameter_malformed"
  | "grant_type_unsupported"
  | "grant_type_not_granted"
  | "client_id_mismatch"
  | "authentication_twice"
  | "token_type_unsupported"
  | "subject_token_type_unsupported"
  | "actor_token_unsupported"
  | "resource_unsupported"
  | "certificate_binding_impossible"
  | "subject_token_refused";

/** Everything for which a client can be refused: the vocabulary of answers, of the audit and of alerts. */
export type RefusalReason =
  | PeerRefusal
  | TokenRefusal
  | PolicyRefusal
  | ApprovalRefusal
  | UnavailableReason
  | TokenRequestRefusal
  | "request_malformed"
  | "verdict_malformed"
  | "header_repeated"
  | "http_version_unsupported"
  | "audit_unavailable"
  | "internal_error";

export interface Refusal {
  readonly status: 400 | 401 | 403 | 500 | 503 | 505;
  /** RFC 6749 §5.2 where it has a code for the case. */
  readonly error: string;
  readonly description: string;
  /** Where the token endpoint has another code for the case (RFC 6749 §5.2, RFC 8693 §2.2.2). */
  readonly atTokenEndpoint?: { readonly status: 400 | 401 | 403; readonly error: string };
}

const unauthenticated = (description: string): Refusal => ({ status: 401, error: "invalid_client", description });
const malformed = (description: string): Refusal => ({ status: 400, error: "invalid_request", description });
const unavailable = (description: string): Refusal => ({ status: 503, error: "temporarily_unavailable", description });
const denied = (description: string, atTokenEndpoint?: Refusal["atTokenEndpoint"]): Refusal => ({
  status: 403,
  error: "access_denied",
  description,
  ...(atTokenEndpoint && { atTokenEndpoint }),
});
const withCode = (error: string, description: string): Refusal => ({ status: 400, error, description });

const invalidClient = { status: 401, error: "invalid_client" } as const;
const invalidTarget = { status: 400, error: "invalid_target" } as const;

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
  certificate_trust_domain: unauthenticated(
    "no authority of the trust domain in the client certificate's SPIFFE ID vouches for it",
  ),
  certificate_fingerprint_mismatch: unauthenticated(
    "the client certificate and its fingerprint do not belong together",
  ),
  front_headers_malformed: unauthenticated("the client certificate cannot be read"),
  front_headers_duplicated: denied("headers about the client certificate stand twice", invalidClient),
  front_headers_unexpected: denied(
    "headers about the client certificate are the load balancer's to set",
    invalidClient,
  ),
  iap_assertion_present: denied("the request came through the front for people", invalidClient),

  jwt_malformed: unauthenticated("the token is no JWT in compact form"),
  jwt_issuer_unknown: unauthenticated("the token's issuer is not one that the broker believes"),
  jwt_signature: unauthenticated("the token's signature does not verify with a key of its issuer"),
  jwt_expired: unauthenticated("the token has expired"),
  jwt_not_yet_valid: unauthenticated("the token is not yet valid"),
  jwt_lifetime: unauthenticated("the token lives longer than tokens of its issuer may"),
  jwt_audience: unauthenticated("the token is not meant for the broker"),
  jwt_claims: unauthenticated("the token lacks a claim: iss, sub, aud, iat and exp are needed"),
  jwt_bound: unauthenticated("the token is bound to a key, and a bearer shows none"),
  jwt_keys_unavailable: unavailable("the keys of the token's issuer cannot be had at the moment"),

  client_not_listed: denied("no client of the policy has this certificate", invalidClient),
  client_ambiguous: denied("several clients of the policy have this certificate", invalidClient),
  account_not_granted: denied("the policy does not grant this account to the client", invalidTarget),
  audience_not_granted: denied("the policy does not grant this audience to the client", invalidTarget),
  scope_not_granted: denied("the scopes of a token are those of the grant: leave scope out, or name exactly these", {
    status: 400,
    error: "invalid_scope",
  }),
  account_required: malformed(
    "the client has several accounts: name one, as in ?account=NAME@PROJECT.iam.gserviceaccount.com",
  ),

  approval_denied: denied("the approver said no"),
  approval_timed_out: denied("nobody approved the request within five minutes"),
  approval_withdrawn: denied("the policy changed, or the broker ended, while the approval was waited for"),
  approval_queue_full: unavailable("too many requests wait for approvals"),

  parameter_missing: malformed("a parameter is missing"),
  parameter_repeated: malformed("a parameter stands more than once"),
  parameter_malformed: malformed("expected parameters as application/x-www-form-urlencoded in UTF-8"),
  grant_type_unsupported: withCode(
    "unsupported_grant_type",
    "expected client_credentials or token exchange (RFC 8693)",
  ),
  grant_type_not_granted: withCode("unauthorized_client", "the policy does not allow this grant type to the client"),
  client_id_mismatch: { ...invalidClient, description: "client_id is not the client that the certificate belongs to" },
  authentication_twice: malformed("expected one way of client authentication only: the certificate"),
  token_type_unsupported: malformed("expected a requested_token_type that is an access_token, an id_token or a jwt"),
  subject_token_type_unsupported: malformed("expected a subject_token_type that is a jwt or an id_token"),
  actor_token_unsupported: malformed("actor tokens are not supported: the client itself is the actor"),
  resource_unsupported: withCode("invalid_target", "expected account, or audience, in place of resource"),
  certificate_binding_impossible: malformed("the token must be bound to a client certificate, and there is none"),
  subject_token_refused: malformed("the subject token is refused"),

  request_malformed: malformed("expected no parameter but one account, and no body"),
  verdict_malformed: malformed('expected {"decision":"approve"} or {"decision":"deny"}, as application/json'),
  header_repeated: malformed("a header that says one thing stands more than once"),
  http_version_unsupported: { status: 505, error: "invalid_request", description: "expected HTTP/1.1" },
  upstream_unavailable: unavailable("no token at the moment"),
  upstream_refused: unavailable("the broker itself was refused"),
  audit_unavailable: unavailable("the broker cannot write its audit, and gives no token without"),
  internal_error: { status: 500, error: "server_error", description: "the broker failed" },
};
