import type { BrokerClient, Grant } from "../config";

/** What the broker can obtain: one kept token for each, however many clients may have it. */
export type TokenTarget =
  | {
      readonly kind: "access_token";
      readonly account: string;
      readonly scopes: readonly string[];
      readonly lifetimeSeconds: number;
    }
  | { readonly kind: "id_token"; readonly account: string; readonly audience: string };

export interface KeptTarget {
  readonly target: TokenTarget;
  /** Obtained when it is first asked for, and kept fresh only while it is used. */
  readonly isLazy: boolean;
}

/** Targets are made once, from the policy, and looked up with every request. */
const keys = new WeakMap<TokenTarget, string>();

/** The same account with other scopes or another lifetime is another token. */
export function targetKey(target: TokenTarget): string {
  const known = keys.get(target);
  if (known !== undefined) return known;
  const { kind, account } = target;
  const key =
    kind === "access_token"
      ? JSON.stringify([kind, account, [...new Set(target.scopes)].sort(), target.lifetimeSeconds])
      : JSON.stringify([kind, account, target.audience]);
  keys.set(target, key);
  return key;
}

export const accessTokenTarget = ({ account, scopes, lifetimeSeconds }: Grant): TokenTarget => ({
  kind: "access_token",
  account,
  scopes,
  lifetimeSeconds,
});

/**
 * Everything that a policy can ever ask for, each once. Access tokens are kept from the start; ID tokens, of which a client
 * may use few, and tokens that need an approval only once they are asked for.
 */
export function targetsOf(clients: readonly BrokerClient[]): readonly KeptTarget[] {
  const targets = new Map<string, KeptTarget>();
  const add = (target: TokenTarget, isLazy: boolean) => {
    const key = targetKey(target);
    targets.set(key, { target, isLazy: isLazy && targets.get(key)?.isLazy !== false });
  };
  for (const grant of clients.flatMap(({ grants }) => grants)) {
    if (grant.scopes.length > 0) add(accessTokenTarget(grant), grant.approval !== undefined);
    for (const audience of grant.idTokenAudiences) add({ kind: "id_token", account: grant.account, audience }, true);
  }
  return [...targets.values()];
}
