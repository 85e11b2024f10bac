import type { IssuedToken } from "../exchange/generate-access-token";
import type { KeptTarget } from "../exchange/token-target";
import { type KeeperEvent, TokenKeeper } from "../keeper/token-keeper";
import { UpstreamError } from "../upstream/upstream-error";
import { accessTargetOf, batchAccount } from "./broker-fixture";
import { VirtualClock } from "./virtual-clock";

export const minute = 60_000;
export const target = accessTargetOf(batchAccount);
export const kept = (each: KeptTarget["target"], isLazy = false): KeptTarget => ({ target: each, isLazy });

export const outage = (retryAfterSeconds?: number): UpstreamError =>
  new UpstreamError({
    upstream: "security-token-service",
    code: "http_503",
    description: "unavailable",
    retryable: true,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });

export const refusal = (): UpstreamError =>
  new UpstreamError({
    upstream: "iam-credentials",
    code: "PERMISSION_DENIED",
    description: "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).",
    httpStatus: 403,
    retryable: false,
  });

export interface KeeperUpstream {
  calls: number;
  failing: (() => Error) | undefined;
  gate: Promise<void> | undefined;
  /** In place of what is asked for. */
  lifetimeSeconds: number | undefined;
  signals: AbortSignal[];
}

/** A keeper whose upstream numbers its tokens, waits while `gate` is set, and fails while `failing` is set. */
export function setUpKeeper(targets: readonly KeptTarget[] = [kept(target)]) {
  const clock = new VirtualClock();
  const events: KeeperEvent[] = [];
  const upstream: KeeperUpstream = {
    calls: 0,
    failing: undefined,
    gate: undefined,
    lifetimeSeconds: undefined,
    signals: [],
  };
  const keeper = new TokenKeeper(targets, {
    clock,
    random: () => 0,
    onEvent: (event) => events.push(event),
    issue: async (asked, signal): Promise<IssuedToken> => {
      const number = ++upstream.calls;
      upstream.signals.push(signal);
      await upstream.gate;
      if (upstream.failing !== undefined) throw upstream.failing();
      const lifetimeSeconds =
        upstream.lifetimeSeconds ?? (asked.kind === "access_token" ? asked.lifetimeSeconds : 3600);
      return { token: `token ${number}`, lifetimeSeconds };
    },
  });
  return { clock, events, upstream, keeper };
}

/** Lets no answer through until it is called. */
export function holdGate(upstream: { gate: Promise<void> | undefined }): () => void {
  let open = () => {};
  upstream.gate = new Promise((resolve) => {
    open = resolve;
  });
  return () => {
    upstream.gate = undefined;
    open();
  };
}
