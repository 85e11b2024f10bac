import { type GoogleApiError, googleApiErrors } from "../../facts/token-exchange";
import type { Binding } from "./binding";
import type { AccessDecision, Identity } from "./decision";
import { type Denial, denialFor } from "./denial";
import { type ConditionContext, evaluateIamCondition } from "./iam-condition";
import type { AccessModel } from "./model";
import { principalsOf } from "./principals";

export const denied = (error: GoogleApiError, explanation: string): AccessDecision => ({
  allowed: false,
  error,
  explanation,
});

/**
 * Looks for a binding that gives the identity the permission, on the resource or on what it inherits from.
 * Denies by default, and says which bindings name the identity and why they do not grant.
 * @param keys of the resource and of those above it
 */
export function findGrant(
  model: AccessModel,
  identity: Identity,
  permission: string,
  keys: readonly string[],
  context: ConditionContext,
): AccessDecision {
  const principals = new Set(principalsOf(identity));
  const misses: string[] = [];
  for (const binding of keys.flatMap((key) => model.bindings.get(key) ?? [])) {
    if (!principals.has(binding.member)) continue;
    const miss = missOf(model, binding, permission, context);
    if (miss === undefined) {
      const denial = denialFor(model.denials, identity, permission, keys);
      if (denial !== undefined) return deniedBy(denial, permission);
      const { address, role, member } = binding;
      return {
        allowed: true,
        through: { address, role, member },
        explanation: `${address} grants ${role} to ${member}.`,
      };
    }
    misses.push(`${binding.address} does not: ${miss}`);
  }
  const resource = keys[0] ?? "the resource";
  const reason = misses.length === 0 ? "no binding names this identity" : misses.join("; ");
  return denied(
    googleApiErrors.permissionDenied(permission),
    `Nothing grants ${permission} on ${resource}: ${reason}.`,
  );
}

function deniedBy({ address, conditional }: Denial, permission: string): AccessDecision {
  const note = conditional ? ", as far as is known: its condition is not evaluated here" : "";
  return denied(googleApiErrors.permissionDenied(permission), `Deny policy ${address} denies ${permission}${note}.`);
}

function missOf(
  { roles }: AccessModel,
  { role, ...binding }: Binding,
  permission: string,
  context: ConditionContext,
): string | undefined {
  const permissions = roles.permissionsOf(role);
  if (permissions === undefined) return `the permissions of ${role} are not known here`;
  if (!permissions.has(permission)) return `${role} does not include it`;
  const condition = evaluateIamCondition({ role, ...binding }, context);
  return condition.ok ? undefined : condition.reason;
}

/**
 * Refuses a token whose holder no longer exists or is disabled: federated tokens stop with their pool, an account's
 * tokens with the account. An account that is not declared and whose project is not ours, such as a service agent of
 * Google's, is taken for existing.
 */
export function holderRefusal(model: AccessModel, identity: Identity): AccessDecision | undefined {
  if (identity.kind === "federated") {
    const pool = model.pools.get(identity.pool);
    if (pool === undefined) return denied(googleApiErrors.unauthenticated(), `Pool ${identity.pool} does not exist.`);
    return pool.disabled
      ? denied(googleApiErrors.unauthenticated(), `Pool ${pool.address} is disabled: its tokens have stopped.`)
      : undefined;
  }
  const account = model.accounts.get(identity.email);
  if (account?.disabled) return denied(googleApiErrors.unauthenticated(), `Account ${account.address} is disabled.`);
  if (account !== undefined) return undefined;
  const domain = identity.email.slice(identity.email.indexOf("@") + 1);
  const ours = [...model.accounts.keys()].some((email) => email.endsWith(`@${domain}`));
  return ours ? denied(googleApiErrors.unauthenticated(), `Account ${identity.email} does not exist.`) : undefined;
}
