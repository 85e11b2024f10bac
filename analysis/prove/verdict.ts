import type { ExternalCredential, FederatedIdentity } from "../access/decision";

/** A token that the evaluator admits, and what it becomes. */
export interface Counterexample {
  /** Terraform address of the provider that admits it. */
  readonly provider: string;
  /** What the token is exchanged for. */
  readonly audience: string;
  readonly credential: ExternalCredential;
  readonly identity: FederatedIdentity;
  /** E-mails of the accounts that it becomes, one through the other, with the binding that lets it become the first. */
  readonly accounts: readonly string[];
  readonly binding?: string;
}

export type Verdict =
  | { readonly verdict: "proved" }
  | {
      readonly verdict: "violated";
      /** One sentence. */
      readonly explanation: string;
      /** Several where only their comparison shows it; none where a declaration alone does. */
      readonly counterexamples: readonly Counterexample[];
    }
  | { readonly verdict: "unknown"; readonly reason: string };

export interface Finding {
  /** Environment, or the file that was read. */
  readonly environment: string;
  /** Short name: `onlyWhen`, `never`, `atMost`, or that of a built-in. */
  readonly name: string;
  readonly statement: string;
  readonly verdict: Verdict;
  readonly milliseconds: number;
}
