import { googleApiErrors } from "../../facts/token-exchange";
import { accountKey } from "./binding";
import type { AccessDecision, Identity } from "./decision";
import { denied, findGrant, holderRefusal } from "./grant";
import type { AccessModel, Account } from "./model";
import { projectKey } from "./resource-key";

export type ImpersonationPermission = "iam.serviceAccounts.getAccessToken" | "iam.serviceAccounts.getOpenIdToken";

/**
 * Whether an identity may get a token of a service account: bindings on the account, on its project and above.
 * IAM's resources provide no resource.* attributes, so a condition that reads one does not grant.
 * @param accountEmail `ACCOUNT@PROJECT.iam.gserviceaccount.com`
 */
export function evaluateImpersonation(
  model: AccessModel,
  identity: Identity,
  accountEmail: string,
  permission: ImpersonationPermission,
  now: Date,
): AccessDecision {
  const refusal = holderRefusal(model, identity);
  if (refusal !== undefined) return refusal;
  const account = model.accounts.get(accountEmail);
  if (account === undefined) {
    return denied(googleApiErrors.permissionDenied(permission), `There is no service account ${accountEmail}.`);
  }
  if (account.disabled)
    return denied(googleApiErrors.permissionDenied(permission), `Account ${account.address} is disabled.`);
  return findGrant(model, identity, permission, accountKeys(model, account), { now });
}

/** Where policies are that say who may become an account: its own, its project's, and those above. */
export const accountKeys = ({ hierarchy }: AccessModel, { email, project }: Account): readonly string[] => [
  accountKey(email),
  projectKey(project),
  ...hierarchy.above(project),
];
