import type { Binding } from "../access/binding";
import type { Identity } from "../access/decision";
import { denialFor } from "../access/denial";
import { evaluateIamCondition } from "../access/iam-condition";
import { accountKeys, evaluateImpersonation, type ImpersonationPermission } from "../access/impersonation";
import type { AccessModel } from "../access/model";
import { principalsOf } from "../access/principals";
import { projectKey } from "../access/resource-key";

/** A role that an identity has somewhere. */
export interface HeldRole {
  readonly address: string;
  readonly role: string;
  /** Key of the resource that the binding sits on, such as `projects/P/datasets/D`. */
  readonly resource: string;
  readonly member: string;
  readonly condition?: string;
  /** Why the role may not count: a condition that is not true now, or permissions that are not known here. */
  readonly doubt?: string;
}

/** A service account that an identity becomes. */
export interface ReachedAccount {
  readonly email: string;
  /** Accounts that are become first, in order; empty where the identity becomes it directly. */
  readonly through: readonly string[];
  readonly by: { readonly address: string; readonly role: string; readonly member: string };
  /** What is given out for it. */
  readonly tokens: readonly ("access token" | "ID token")[];
  readonly roles: readonly HeldRole[];
}

/** A binding that names the identity on an account, and does not let it become the account. */
export interface AlmostReached {
  readonly email: string;
  readonly explanation: string;
}

export interface WithinReach {
  readonly roles: readonly HeldRole[];
  readonly accounts: readonly ReachedAccount[];
  readonly almost: readonly AlmostReached[];
  /** False where more than `accountLimit` accounts are within reach, so that some are left out. */
  readonly complete: boolean;
}

/** Accounts that one credential is followed to. */
export const accountLimit = 1000;

const tokenKinds: readonly (readonly [ImpersonationPermission, "access token" | "ID token"])[] = [
  ["iam.serviceAccounts.getAccessToken", "access token"],
  ["iam.serviceAccounts.getOpenIdToken", "ID token"],
];

/** What an identity has and becomes, directly and from account to account; each account once, by the shortest way. */
export function withinReach(model: AccessModel, identity: Identity, now: Date): WithinReach {
  const index = new MemberIndex(model);
  const accounts: ReachedAccount[] = [];
  const almost = new Map<string, string>();
  const seen = new Set<string>();
  let level: { readonly identity: Identity; readonly through: readonly string[] }[] = [{ identity, through: [] }];
  while (level.length > 0 && accounts.length < accountLimit) {
    const next: typeof level = [];
    for (const from of level) {
      for (const email of index.accountsNaming(from.identity)) {
        if (seen.has(email) || accounts.length >= accountLimit) continue;
        const decisions = tokenKinds.map(([permission, kind]) => ({
          kind,
          decision: evaluateImpersonation(model, from.identity, email, permission, now),
        }));
        const tokens = decisions.flatMap(({ kind, decision }) => (decision.allowed ? [kind] : []));
        const through = decisions.find(({ decision }) => decision.allowed)?.decision;
        if (through?.allowed !== true) {
          const explanation = decisions[0]?.decision.explanation ?? "";
          if (from.through.length === 0) almost.set(email, explanation);
          continue;
        }
        seen.add(email);
        const account: Identity = { kind: "service-account", email };
        accounts.push({
          email,
          through: from.through,
          by: through.through,
          tokens,
          roles: index.rolesOf(account, now),
        });
        // By an ID token nobody becomes anything further at Google.
        if (tokens.includes("access token")) next.push({ identity: account, through: [...from.through, email] });
      }
    }
    level = next;
  }
  const missed = [...almost].filter(([email]) => !seen.has(email));
  return {
    roles: index.rolesOf(identity, now),
    accounts,
    almost: missed.map(([email, explanation]) => ({ email, explanation })),
    complete: accounts.length < accountLimit,
  };
}

/** Finds bindings by whom they name. */
class MemberIndex {
  readonly #bindings = new Map<string, Binding[]>();
  readonly #accountsByKey = new Map<string, string[]>();

  constructor(private readonly model: AccessModel) {
    for (const binding of [...model.bindings.values()].flat()) append(this.#bindings, binding.member, binding);
    for (const account of model.accounts.values())
      for (const key of accountKeys(model, account)) append(this.#accountsByKey, key, account.email);
  }

  #naming(identity: Identity): readonly Binding[] {
    return principalsOf(identity).flatMap((principal) => this.#bindings.get(principal) ?? []);
  }

  /** Accounts with a policy, on them or above, that names the identity. */
  accountsNaming(identity: Identity): ReadonlySet<string> {
    return new Set(this.#naming(identity).flatMap(({ resource }) => this.#accountsByKey.get(resource) ?? []));
  }

  rolesOf(identity: Identity, now: Date): readonly HeldRole[] {
    return this.#naming(identity).map((binding) => {
      const { address, role, resource, member, condition } = binding;
      const stated = condition === undefined || condition === "unknown" ? undefined : condition.expression;
      const doubt = this.#doubtOf(identity, binding, now);
      return {
        address,
        role,
        resource,
        member,
        ...(stated === undefined ? {} : { condition: stated }),
        ...(doubt === undefined ? {} : { doubt }),
      };
    });
  }

  /** A resource and all that it inherits from. */
  #keysFrom(resource: string): readonly string[] {
    const email = /^serviceAccounts\/(.+)$/.exec(resource)?.[1];
    const account = email === undefined ? undefined : this.model.accounts.get(email);
    if (account !== undefined) return accountKeys(this.model, account);
    const project = /^projects\/([^/]+)/.exec(resource)?.[1];
    return project === undefined ? [resource] : [resource, projectKey(project), ...this.model.hierarchy.above(project)];
  }

  #doubtOf(identity: Identity, binding: Binding, now: Date): string | undefined {
    const permissions = this.model.roles.permissionsOf(binding.role);
    if (permissions === undefined) return `the permissions of ${binding.role} are not known here`;
    const keys = this.#keysFrom(binding.resource);
    const denial = [...permissions].find((name) => denialFor(this.model.denials, identity, name, keys) !== undefined);
    if (denial !== undefined) return `a deny policy takes ${denial} away`;
    const condition = evaluateIamCondition(binding, { now });
    return condition.ok ? undefined : condition.reason;
  }
}

function append<Value>(map: Map<string, Value[]>, key: string, value: Value): void {
  const present = map.get(key);
  if (present === undefined) map.set(key, [value]);
  else present.push(value);
}
