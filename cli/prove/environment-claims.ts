import type { EnvironmentClaims, Invariant } from "../../analysis";
import {
  type AccountKey,
  accountOf,
  administrators,
  type EnvironmentInvariant,
  invariants,
  ourTenants,
} from "../../environments/invariants";
import type { Environment } from "../../environments/schema";

/** What is to be proved of an environment, with e-mails in place of the keys of environments/invariants.ts. */
export function claimsOf(environment: Environment): EnvironmentClaims {
  const own = invariants[environment.name];
  const stated = own.flatMap((invariant): AccountKey[] =>
    invariant.kind === "onlyWhen" && invariant.account !== "every other account" ? [invariant.account] : [],
  );
  return {
    environment: environment.name,
    invariants: own.map((invariant) => declared(environment, invariant, stated)),
    ours: ourTenants,
    administrators: administrators.map((key) => accountOf(environment, key)),
  };
}

/** @param stated accounts of which an invariant says who becomes them; "every other account" is none of these */
function declared(environment: Environment, invariant: EnvironmentInvariant, stated: readonly AccountKey[]): Invariant {
  const email = (key: AccountKey) => accountOf(environment, key);
  const { account } = invariant;
  if (invariant.kind === "atMost") return { ...invariant, account: email(invariant.account) };
  if (account === "every other account") return { ...invariant, account: { otherThan: stated.map(email) } };
  return {
    ...invariant,
    account: typeof account === "string" ? email(account) : { otherThan: account.otherThan.map(email) },
  };
}
