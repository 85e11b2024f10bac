import type { Binding } from "../access/binding";
import { accountKeys } from "../access/impersonation";
import type { AccessModel, Account } from "../access/model";
import { type FederatedMember, federatedMember } from "./member";
import { doubtOfBecoming, escalates, leadsOn } from "./role-power";

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

/** Accounts whose right to change who becomes whom is stated, so that it is not counted against every other account. */
export type Administrators = ReadonlySet<string> | "all accounts";

/** The routes to every account of a model, each account at most once in a chain; the shortest chain from each entry. */
export class Routes {
  readonly #entries = new Map<string, readonly Entry[]>();
  /** Folders and organizations that have policies. */
  readonly #above: readonly string[];
  readonly #entriesByKey = new Map<string, readonly Entry[]>();
  readonly #routes = new Map<string, readonly Route[]>();
  readonly #sources = new Map<string, ReadonlySet<string>>();

  constructor(
    private readonly model: AccessModel,
    private readonly administrators: Administrators = new Set(),
  ) {
    this.#above = [...model.bindings.keys()].filter((key) => /^(folders|organizations)\//.test(key));
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
    // Each account is entered once, so that a circle ends.
    for (let length = 1; level.length > 0; length += 1) {
      level = level.flatMap(({ accounts, doubts }) =>
        (this.#entries.get(accounts[0] ?? "") ?? [])
          .filter(follow)
          .flatMap(({ binding, leadsOn: goesOn, doubts: own }) => {
            if (length > 1 && !goesOn) return [];
            const member = federatedMember(binding.member);
            const all = [...doubts, ...own];
            if (member !== undefined) found.push({ binding, member, accounts, doubts: all });
            const account = accountNamed(binding.member);
            if (account === undefined || account === email || sources.has(account)) return [];
            if (!this.#entries.has(account)) {
              if (isUserManaged(account))
                found.push({ binding, member: { kind: "elsewhere", pool: account }, accounts, doubts: all });
              return [];
            }
            sources.add(account);
            return [{ accounts: [account, ...accounts], doubts: all }];
          }),
      );
    }
    return found;
  }

  #entriesOf(account: Account): readonly Entry[] {
    if (account.disabled) return [];
    const keys = accountKeys(this.model, account);
    const inherited = keys.flatMap((key) => this.#entriesAt(key));
    if (keys.some((key) => key.startsWith("organizations/"))) return inherited;
    // Where the account's project lies is not known to the end: any folder or organization may be above it.
    const stray = this.#above
      .filter((key) => !keys.includes(key))
      .flatMap((key) =>
        this.#entriesAt(key).map((entry) => ({
          ...entry,
          doubts: [...entry.doubts, `whether ${account.project} lies in ${key} is not known here`],
        })),
      );
    return [...inherited, ...stray];
  }

  #entriesAt(key: string): readonly Entry[] {
    const known = this.#entriesByKey.get(key);
    if (known !== undefined) return known;
    const { bindings, roles } = this.model;
    const entries = (bindings.get(key) ?? []).flatMap((binding): Entry[] => {
      const doubt = doubtOfBecoming(roles, binding.role, scopeOf(key));
      if (doubt === undefined || (doubt.length > 0 && this.#isSetAside(binding))) return [];
      return [{ binding, leadsOn: leadsOn(roles, binding.role), doubts: [...doubt, ...doubtOfCondition(binding)] }];
    });
    this.#entriesByKey.set(key, entries);
    return entries;
  }

  /** Of an administrator no role matters that only may let it become accounts. */
  #isSetAside({ member, role }: Binding): boolean {
    const account = accountNamed(member);
    if (account === undefined) return false;
    return this.administrators === "all accounts"
      ? escalates(this.model.roles, role)
      : this.administrators.has(account);
  }
}

function scopeOf(key: string): Parameters<typeof doubtOfBecoming>[2] {
  if (key.startsWith("projects/")) return "project";
  if (key.startsWith("folders/")) return "folder";
  return key.startsWith("organizations/") ? "organization" : "account";
}

const accountNamed = (member: string): string | undefined => /^serviceAccount:(.+)$/.exec(member)?.[1];

/** Accounts that somebody made, and so somebody may become; those of Google's own agents nobody does. */
const isUserManaged = (email: string): boolean =>
  /@[^.@]+\.iam\.gserviceaccount\.com$/.test(email)
    ? !/^service-[0-9]+@|@gcp-sa-/.test(email)
    : /-compute@developer\.gserviceaccount\.com$|@appspot\.gserviceaccount\.com$/.test(email);

const doubtOfCondition = ({ condition, address }: Binding): readonly string[] =>
  condition === undefined ? [] : [`the IAM condition of ${address} may hold`];
