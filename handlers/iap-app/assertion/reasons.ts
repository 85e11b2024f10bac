/** A refusal in plain words: the HTTP status that fits, what happened, and what to do. */
export interface RefusalDescription {
  readonly status: 401 | 403 | 503;
  readonly message: string;
  readonly remedy: string;
}

const reloadPage = "Reload the page. If it stays, sign out and sign in again.";
const throughGateway = "Open the app by its public address, so that the request passes Identity-Aware Proxy.";

/**
 * Every reason for which an assertion is refused. The words are part of the interface: pages, JSON and logs carry
 * them, alerts count them. None of them holds anything of the assertion itself.
 */
export const refusals = {
  missing_assertion: {
    status: 401,
    message: "The request carries no assertion of Identity-Aware Proxy.",
    remedy: throughGateway,
  },
  repeated_assertion: {
    status: 401,
    message: "The request carries more than one assertion.",
    remedy: "Send the request through one gateway only. A proxy in between must not add the header again.",
  },
  oversized_assertion: {
    status: 401,
    message: "The assertion is longer than any that Identity-Aware Proxy issues.",
    remedy: throughGateway,
  },
  malformed_assertion: {
    status: 401,
    message: "The assertion is not a JSON Web Signature in strict compact form.",
    remedy: throughGateway,
  },
  unsupported_header: {
    status: 401,
    message: "The assertion's header is not one of Identity-Aware Proxy: it needs ES256, a key id, and no extension.",
    remedy: throughGateway,
  },
  unknown_key: {
    status: 401,
    message: "No current public key of Identity-Aware Proxy has the assertion's key id.",
    remedy: "Reload the page in half a minute: a new key is looked for at most that often.",
  },
  keys_unavailable: {
    status: 503,
    message: "The public keys of Identity-Aware Proxy could not be fetched, so no assertion can be checked.",
    remedy: "Try again in a few seconds. An operator checks that the container reaches the key server.",
  },
  bad_signature: {
    status: 401,
    message: "The assertion's signature does not fit its content.",
    remedy: throughGateway,
  },
  malformed_claims: {
    status: 401,
    message: "The assertion lacks a claim that Identity-Aware Proxy always sets, or holds one of another type.",
    remedy: "An operator compares the claims with the documentation of signed headers.",
  },
  issuer_mismatch: {
    status: 401,
    message: "The assertion was not issued by Identity-Aware Proxy.",
    remedy: throughGateway,
  },
  audience_mismatch: {
    status: 401,
    message: "The assertion was issued for another backend service.",
    remedy:
      "An operator sets this app's audiences to /projects/NUMBER/global/backendServices/ID with the numeric id of the backend service that serves it.",
  },
  expired: { status: 401, message: "The assertion has expired.", remedy: reloadPage },
  not_yet_valid: {
    status: 401,
    message: "The assertion is dated in the future.",
    remedy: "Reload the page. If it stays, an operator checks the container's clock.",
  },
  lifetime_too_long: {
    status: 401,
    message: "The assertion claims a longer life than Identity-Aware Proxy gives.",
    remedy: throughGateway,
  },
  identity_platform: {
    status: 403,
    message: "The session comes from Identity Platform, which this gateway does not use.",
    remedy: "An operator removes gcip_settings from the IAP settings and uses workforce_identity_settings.",
  },
  not_workforce_identity: {
    status: 403,
    message: "The session is not one of a workforce identity.",
    remedy: "Sign in with the company account. An operator checks workforce_identity_settings of the IAP settings.",
  },
  foreign_principal: {
    status: 403,
    message: "The signed-in person does not belong to this environment's workforce pool.",
    remedy: "Sign out, then sign in with an account of this environment.",
  },
  missing_email: {
    status: 403,
    message: "The assertion names no e-mail address.",
    remedy:
      "An operator maps google.email in the attribute mapping of the workforce pool's provider, and checks that the identity provider releases the address (scopes openid, profile, email).",
  },
  malformed_email: {
    status: 403,
    message: "The assertion's e-mail is not a single address.",
    remedy: "An operator maps google.email to a claim that holds exactly one address.",
  },
} as const satisfies Record<string, RefusalDescription>;

export type RefusalReason = keyof typeof refusals;

/** A check that passed with a value, or the reason why it did not. */
export type Checked<Value> = { readonly ok: true; readonly value: Value } | Refusal;

export interface Refusal {
  readonly ok: false;
  readonly reason: RefusalReason;
}

export const refused = (reason: RefusalReason): Refusal => ({ ok: false, reason });
