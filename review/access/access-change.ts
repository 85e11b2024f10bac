import type { Sentence } from "../text/sentence";
import type { Rank } from "./rank";

/** Kinds of access change, with what each means. The names are stable: they are rule ids in SARIF and keys in JSON. */
export const accessKinds = {
  "iam-grant": "A member gets a role.",
  "iam-revocation": "A member loses a role.",
  "iam-condition": "The condition of a binding changes.",
  "iam-authority": "A binding or policy takes over, or gives up, all members of a role or resource.",
  "audit-config": "Audit logs of a service change.",
  "federation-trust": "Which outside identities are trusted changes: issuer, audience, keys, condition, mapping.",
  "federation-switch": "A pool or provider is switched on or off.",
  "service-account": "A service account comes, goes, or is switched on or off.",
  "service-account-key": "A key of a service account, a secret that never expires by itself.",
  iap: "What Identity-Aware Proxy protects, or whom it asks, changes.",
  "oauth-client": "An OAuth client or its credential changes.",
  "cloud-run-exposure": "Who reaches a Cloud Run service, or as whom it runs, changes.",
  "client-certificates": "Which client certificates are accepted, or how backends learn of them, changes.",
  "organization-policy": "A guardrail of the organization changes.",
  "deny-policy": "A deny policy or principal access boundary changes.",
  perimeter: "A service perimeter or access level changes.",
  "public-exposure": "Protection of a resource against the public changes.",
  "entra-assignment": "An identity gets or loses a role in Entra.",
  "entra-credential": "A credential of an Entra application comes or goes.",
  "entra-application": "Who may sign in to an Entra application, and where tokens are sent, changes.",
  uninterpreted: "The resource governs access in a way that is not interpreted here.",
} as const;

export type AccessKind = keyof typeof accessKinds;

/** What a change means for access. */
export interface AccessFinding {
  readonly kind: AccessKind;
  readonly rank: Rank;
  readonly effect: "widens" | "narrows" | "changes";
  readonly sentence: Sentence;
  /** Outermost attributes it was read from. */
  readonly attributes: readonly string[];
  readonly grant?: GrantSummary;
}

/** Who, what, where and when of a binding, as text that may be shown. */
export interface GrantSummary {
  readonly member: string;
  readonly role: string;
  readonly scope: string;
  /** CEL expression of the IAM condition. */
  readonly condition?: string;
}

/** A finding with the resource it was read from. */
export interface AccessChange extends AccessFinding {
  readonly stack: string;
  readonly address: string;
  readonly constructPath?: string;
}
