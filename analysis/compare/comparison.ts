import type { Counterexample } from "../prove/verdict";

/** What can be reached: an account, or a right that a binding gives to federated identities themselves. */
export type Target =
  | { readonly kind: "account"; readonly email: string }
  | { readonly kind: "role"; readonly role: string; readonly resource: string };

export type Change = "gained" | "lost";

/** Access that one side has and the other has not, with a token that shows it. */
export interface AccessDifference {
  readonly change: Change;
  readonly target: Target;
  /** Terraform address of the provider on the side that has the access. */
  readonly provider: string;
  /** One sentence. */
  readonly explanation: string;
  /** Admitted on the side that has the access, and without it on the other. */
  readonly witness: Counterexample;
}

/** An audience that a provider takes on one side only: tokens made out for it open, or no longer open, all it leads to. */
export interface AudienceDifference {
  readonly change: Change;
  readonly provider: string;
  readonly audience: string;
}

export interface AccessComparison {
  readonly differences: readonly AccessDifference[];
  readonly audiences: readonly AudienceDifference[];
  /** Addresses of providers whose condition or mapping is written otherwise and means the same. */
  readonly rewritten: readonly string[];
  /** What could not be decided; access there may have changed. */
  readonly undecided: readonly { readonly subject: string; readonly reason: string }[];
}

export const inWords = (target: Target): string =>
  target.kind === "account" ? target.email : `${target.role} on ${target.resource}`;
