import type { Construct } from "constructs";
import { emailPattern } from "../../facts/names";
import { requireList, requireProperty, requireSome } from "../federation/property-error";
import { isReference } from "../federation/reference";

/** An account, and whom a deployment lets become it. */
export interface ExpectedImpersonation {
  /** E-mail of the account. */
  readonly account: string;
  /** Names of pools whose identities become it: `projects/N/locations/global/workloadIdentityPools/P`, or a workforce pool's. */
  readonly pools: readonly string[];
}

const poolPattern =
  /^(projects\/[0-9]{1,32}\/locations\/global\/workloadIdentityPools|locations\/global\/workforcePools)\/[a-z][a-z0-9-]{3,62}$/;

/**
 * Checks what filters are made of: pools stand in them as regular expressions, where `.*` would expect everybody.
 *
 * @throws PropertyError for an account or a deployer that is no e-mail, and for a pool that is none
 */
export function requireExpectations(
  scope: Construct,
  expected: readonly ExpectedImpersonation[],
  deployers: readonly string[],
): void {
  const isEmail = (text: string) => isReference(text) || emailPattern.test(text);
  for (const { account, pools } of requireList(scope, "expected", expected)) {
    requireProperty(scope, "expected.account", account, isEmail(account), "expected the e-mail of an account");
    for (const pool of requireSome(scope, "expected.pools", pools)) {
      const isPool = isReference(pool) || poolPattern.test(pool);
      requireProperty(
        scope,
        "expected.pools",
        pool,
        isPool,
        "expected the full name of a pool, by the project's number",
      );
    }
  }
  for (const deployer of requireList(scope, "deployers", deployers))
    requireProperty(scope, "deployers", deployer, isEmail(deployer), "expected the e-mail of an account");
}
