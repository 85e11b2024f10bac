import { accountKey, type Binding } from "../access/binding";
import type { Provider } from "../access/federation";
import type { AccessModel } from "../access/model";
import { type FederatedMember, federatedMember, poolNamed } from "./member";

/** A binding of an identity from outside. */
export interface FederatedBinding {
  /** Key of the resource that the policy sits on. */
  readonly resource: string;
  readonly binding: Binding;
  readonly member: FederatedMember;
}

/** What proofs look up in a model again and again; made once, so that a proof of each provider need not walk them all. */
export class ModelIndex {
  readonly #ofPool: ReadonlyMap<string, readonly Provider[]>;
  readonly #ofMember: ReadonlyMap<string, readonly Binding[]>;
  /** Bindings of identities from outside, on anything but accounts. */
  readonly direct: readonly FederatedBinding[];
  readonly #texts: ReadonlyMap<string, readonly string[]>;

  constructor(readonly model: AccessModel) {
    const bindings = [...model.bindings].flatMap(([resource, own]) => own.map((binding) => ({ resource, binding })));
    const federated = bindings.flatMap(({ resource, binding }): FederatedBinding[] => {
      const member = federatedMember(binding.member);
      return member === undefined ? [] : [{ resource, binding, member }];
    });
    this.#ofPool = grouped(model.providers.values(), ({ pool }) => pool);
    this.#ofMember = grouped(
      bindings.map(({ binding }) => binding),
      ({ member }) => member,
    );
    this.direct = federated.filter(({ resource }) => !resource.startsWith(accountKey("")));
    const texts = federated.flatMap(({ member }) => ("value" in member ? [member] : []));
    this.#texts = new Map(
      [...grouped(texts, ({ pool }) => pool)].map(([pool, own]) => [pool, own.map(({ value }) => value)]),
    );
  }

  providersOfPool(pool: string): readonly Provider[] {
    return this.#ofPool.get(pool) ?? [];
  }

  /** Providers whose tokens routes may begin with. */
  providersOf(routes: readonly { readonly member: FederatedMember }[]): readonly Provider[] {
    const pools = new Set(routes.map(({ member }) => poolNamed(member)));
    if (pools.has(undefined)) return [...this.model.providers.values()];
    return [...pools].flatMap((pool) => (pool === undefined ? [] : this.providersOfPool(pool)));
  }

  /** Of routes those that begin with identities of which is not declared here who is admitted as them, one of each pool. */
  beyond<Each extends { readonly member: FederatedMember }>(routes: readonly Each[]): ReadonlyMap<string, Each> {
    return new Map(
      routes.flatMap((route): [string, Each][] => {
        const pool = poolNamed(route.member);
        return pool === undefined || this.model.pools.has(pool) ? [] : [[pool, route]];
      }),
    );
  }

  /** Bindings that give an account a role, wherever; its own policy left aside. */
  grantsOf(email: string): readonly Binding[] {
    return this.#ofMember.get(`serviceAccount:${email}`) ?? [];
  }

  /** Subjects, groups and values of attributes that bindings name of a pool. */
  textsOf(pool: string): readonly string[] {
    return this.#texts.get(pool) ?? [];
  }
}

function grouped<T>(items: Iterable<T>, keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
