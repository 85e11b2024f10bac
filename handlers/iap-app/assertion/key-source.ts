import type { KeyObject } from "node:crypto";
import { type FetchedKeys, fetchKeys } from "./fetch-keys";
import { type Checked, refused } from "./reasons";

/** Where the verifier gets IAP's public keys from. */
export interface KeySource {
  /** The key of that id, or unknown_key, or keys_unavailable where there is no set of keys to look in. Never throws. */
  find(keyId: string): Promise<Checked<KeyObject>>;
}

export interface RemoteKeySource extends KeySource {
  /** Fetches now, or joins the fetch under way; for the start of the service. */
  refresh(): Promise<void>;
}

export interface RemoteKeySourceOptions {
  /** Address of a JWK set (RFC 7517). */
  readonly url: string;
  /** Milliseconds since 1970; Date.now unless given. */
  readonly clock?: () => number;
  /** Told of every fetch, for the log. */
  readonly onFetch?: (outcome: FetchedKeys) => void;
}

/** Milliseconds. */
const unknownKeyCooldown = 30_000;
const retryAfterFailure = 2_000;
/** How long after its expiry a set still serves while the key server is down. */
const staleWindow = 24 * 3_600_000;

interface CachedKeys {
  readonly keys: ReadonlyMap<string, KeyObject>;
  readonly freshUntil: number;
}

/**
 * A cache of IAP's public keys: one fetch at a time, kept for as long as the server's Cache-Control says, fetched
 * anew for an unknown key id at most every 30 s, and served stale for up to a day while the key server is down.
 * A key that left the set is gone with the next fetch.
 */
export function createRemoteKeySource({ url, clock = Date.now, onFetch }: RemoteKeySourceOptions): RemoteKeySource {
  let cached: CachedKeys | undefined;
  let pending: Promise<void> | undefined;
  let lastAttempt: { at: number; failed: boolean } | undefined;

  const refresh = (): Promise<void> => {
    pending ??= fetchOnce().finally(() => {
      pending = undefined;
    });
    return pending;
  };

  const fetchOnce = async (): Promise<void> => {
    const outcome = await fetchKeys(url);
    const now = clock();
    if (outcome.ok) cached = { keys: outcome.keys, freshUntil: now + outcome.maxAgeSeconds * 1000 };
    lastAttempt = { at: now, failed: !outcome.ok };
    onFetch?.(outcome);
  };

  /** True where the last attempt is at least so long ago; a clock set back counts as long ago. */
  const attemptedBefore = (milliseconds: number): boolean => {
    if (lastAttempt === undefined) return true;
    const elapsed = clock() - lastAttempt.at;
    return elapsed < 0 || elapsed >= milliseconds;
  };

  const usable = (): ReadonlyMap<string, KeyObject> | undefined =>
    cached && clock() < cached.freshUntil + staleWindow ? cached.keys : undefined;

  /** Waits for fresh keys, except in an outage: then the stale ones serve and the retry runs beside the request. */
  const renewExpired = async (): Promise<void> => {
    if (cached && clock() < cached.freshUntil) return;
    const inOutage = lastAttempt?.failed === true;
    if (!pending && inOutage && !attemptedBefore(retryAfterFailure)) return;
    const renewal = refresh();
    if (!(inOutage && usable())) await renewal;
  };

  return {
    refresh,
    async find(keyId) {
      const fresh = cached && clock() < cached.freshUntil ? cached.keys.get(keyId) : undefined;
      if (fresh) return { ok: true, value: fresh };
      await renewExpired();
      const key = usable()?.get(keyId);
      if (key) return { ok: true, value: key };
      // Without this limit, made-up key ids would turn every request into a fetch.
      if (usable() && (pending || attemptedBefore(unknownKeyCooldown))) await refresh();
      const keys = usable();
      if (!keys) return refused("keys_unavailable");
      const found = keys.get(keyId);
      return found ? { ok: true, value: found } : refused("unknown_key");
    },
  };
}
