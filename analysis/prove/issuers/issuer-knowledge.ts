import type { Issuer } from "../../access/federation";
import type { ClaimVariable, KnownClaims } from "../claim-variable";
import type { Term } from "../term";

/** What an issuer is known to write into its tokens, and which of its claims say what about an identity. */
export interface IssuerKnowledge {
  readonly title: string;
  /** Whether this is about tokens of that issuer. */
  covers(issuer: Issuer): boolean;
  claims(issuer: Issuer): Omit<KnownClaims, "sameAs">;
  /** What holds of every token of the issuer, about those of its claims that are looked at. */
  holds(token: ClaimVariable, issuer: Issuer): readonly Term<"Bool">[];
  /** Claims that name something that may pass to another, with the ids that then change. */
  readonly reusable: readonly Reusable[];
  /** Workflows that somebody from outside starts: pull requests, and what runs in their name. */
  readonly outsiders?: (token: ClaimVariable) => Term<"Bool">;
  /** Whether all tokens of the issuer are of one tenant. */
  readonly ofOneTenant?: (issuer: Issuer) => boolean;
  /** Tokens of a tenant that the configuration does not mention. */
  readonly tenancy?: Tenancy;
}

export interface Reusable {
  /** What changes hands, such as "repository". */
  readonly what: string;
  readonly ids: readonly string[];
  readonly names: readonly string[];
  /** Claims that follow from the others. */
  readonly derived: readonly string[];
}

export interface Tenancy {
  /** The claim that tells tenants apart by an id. */
  readonly id: string;
  /** @param mentioned texts of the configuration, and ids that are declared to be ours */
  stranger(token: ClaimVariable, mentioned: readonly Term<"String">[], names: readonly string[]): Term<"Bool">;
  /** Names of tenants that a text of a configuration holds. */
  namesIn(text: string): readonly string[];
}
