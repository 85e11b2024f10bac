import type { ProofContext } from "../proof-context";
import type { Verdict } from "../verdict";

/** What a built-in invariant is asked about. */
export interface BuiltInScope {
  readonly context: ProofContext;
  /** Environment whose accounts and providers are meant; others of the model are its neighbours. */
  readonly environment: string;
  /** Ids of tenants that are ours, by issuer URL; where an issuer is missing, those that its providers mention. */
  readonly ours: Readonly<Record<string, readonly string[]>>;
  /** E-mails of the accounts that may change who becomes whom. */
  readonly administrators: readonly string[];
}

/** An invariant that needs no writing. */
export interface BuiltIn {
  readonly name: string;
  readonly statement: string;
  prove(scope: BuiltInScope): Promise<Verdict>;
}

export const accountsOf = ({ context, environment }: BuiltInScope): readonly string[] =>
  [...context.model.accounts.values()].filter(({ stack }) => stack === environment).map(({ email }) => email);

export const providersOf = ({ context, environment }: BuiltInScope) =>
  [...context.model.providers.values()].filter(({ stack }) => stack === environment);
