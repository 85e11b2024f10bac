import { basicRoles, rolePermissions } from "../../facts/roles";
import { accountKey, type Binding } from "../access/binding";
import type { AccessModel, Account } from "../access/model";
import { projectKey } from "../access/resource-key";
import { type FederatedMember, federatedMember } from "./member";

/** How an account is become: a binding of federated identities, then impersonation from account to account. */
export interface Route {
  readonly binding: Binding;
  readonly member: FederatedMember;
  /** E-mails, in the order in which they are become; the last is the account itself. None: the binding is the right itself. */
  readonly accounts: readonly string[];
  /** What has to be so beside, and is not known: conditions of bindings, roles that are not known here. */
  readonly doubts: readonly string[];
}

/** A way into one account. */
interface Entry {
  readonly binding: Binding;
  readonly doubts: readonly string[];
  /** Whether it gives access tokens, by which one goes on; an ID token leads no further. */
  readonly leadsOn: boolean;
}

/** Longest chain of accounts that is followed. */
export const chainLimit = 8;
const accessToken = "iam.serviceAccounts.getAccessToken";
const becomePermissions = [accessToken, "iam.serviceAccounts.getOpenIdToken"];

/** Whoever holds one of these may grant the right to become an account, or run something as it. */
const escalations: ReadonlySet<string> = new Set([
  "roles/owner",
  "roles/iam.serviceAccountAdmin",
  "roles/iam.securityAdmin",
  "roles/resourcemanager.projectIamAdmin",
]);

/** The routes to every account of a model, each account at most once in a chain; the shortest chain from each entry. */
export class Routes {
  readonly #entries = new Map<string, readonly Entry[]>();
  readonly #routes = new Map<string, readonly Route[]>();
  readonly #sources = new Map<string, ReadonlySet<string>>();

  constructor(private readonly model: AccessModel) {
    for (const account of model.accounts.values()) this.#entries.set(account.email, this.#entriesOf(account));
  }

  /** @param email of a declared account; none for one that is disabled */
  to(email: string): readonly Route[] {
    const known = this.#routes.get(email);
    if (known !== undefined) return known;
    const certain = this.#search(email, ({ doubts }) => doubts.length === 0);
    const doubtful = this.#search(email, () => true).filter(({ doubts }) => doubts.length > 0);
    const found = [...certain, ...doubtful];
    this.#routes.set(email, found);
    return found;
  }

  /** Whether one account may become another, directly or through others. */
  leads(from: string, to: string): boolean {
    return this.#reachedFrom(to).has(from);
  }

  /** Accounts that lead to one. */
  #reachedFrom(email: string): ReadonlySet<string> {
    const known = this.#sources.get(email);
    if (known !== undefined) return known;
    const sources = new Set<string>();
    this.#search(email, () => true, sources);
    this.#sources.set(email, sources);
    return sources;
  }

  #search(email: string, follow: (entry: Entry) => boolean, sources: Set<string> = new Set()): readonly Route[] {
    const found: Route[] = [];
    let level: Pick<Route, "accounts" | "doubts">[] = [{ accounts: [email], doubts: [] }];
    for (let length = 1; level.length > 0 && length <= chainLimit; length += 1) {
      level = level.flatMap(({ accounts, doubts }) =>
        (this.#entries.get(accounts[0] ?? "") ?? []).filter(follow).flatMap(({ binding, leadsOn, doubts: own }) => {
          if (length > 1 && !leadsOn) return [];
          const member = federatedMember(binding.member);
          const all = [...doubts, ...own];
          if (member !== undefined) found.push({ binding, member, accounts, doubts: all });
          const account = /^serviceAccount:(.+)$/.exec(binding.member)?.[1];
          if (account === undefined || account === email || sources.has(account) || !this.#entries.has(account))
            return [];
          sources.add(account);
          return [{ accounts: [account, ...accounts], doubts: all }];
        }),
      );
    }
    return found;
  }

  #entriesOf(account: Account): readonly Entry[] {
    if (account.disabled) return [];
    return [accountKey(account.email), projectKey(account.project)].flatMap((key) =>
      (this.model.bindings.get(key) ?? []).flatMap((binding): Entry[] => {
        const doubt = doubtOfRole(binding.role, key.startsWith("projects/"));
        if (doubt === undefined) return [];
        const leadsOn = rolePermissions.get(binding.role)?.has(accessToken) ?? true;
        return [{ binding, leadsOn, doubts: [...doubt, ...doubtOfCondition(binding)] }];
      }),
    );
  }
}

/** Empty where the role lets its members become accounts; undefined where it does not; else what is not known of it. */
function doubtOfRole(role: string, onProject: boolean): readonly string[] | undefined {
  const permissions = rolePermissions.get(role);
  if (permissions !== undefined) return becomePermissions.some((name) => permissions.has(name)) ? [] : undefined;
  if (escalations.has(role)) return [`${role} lets its members change who may become an account`];
  // Predefined roles of other services do not hold the permission; those of Google's own agents may.
  const predefined = role.startsWith("roles/");
  if (predefined && (basicRoles.has(role) || !/^roles\/iam\.|serviceAgent$/.test(role))) return undefined;
  return [`the permissions of ${role}, granted on ${onProject ? "the project" : "the account"}, are not known here`];
}

const doubtOfCondition = ({ condition, address }: Binding): readonly string[] =>
  condition === undefined ? [] : [`the IAM condition of ${address} may hold`];
