import { createHash } from "node:crypto";
import { setMaxListeners } from "node:events";
import { type Clock, type Deadline, deadlineIn, type Instant, remaining } from "../clock";
import type { IssuedToken } from "../exchange/generate-access-token";
import type { IssueToken } from "../exchange/issue-token";
import { type KeptTarget, type TokenTarget, targetKey } from "../exchange/token-target";
import { withTimeLimit } from "../time-limit";
import { isOutage, UpstreamError } from "../upstream/upstream-error";
import { refreshDelay, retryDelay } from "./refresh-schedule";

/** Why there is no token: an outage ends by itself, a refusal when somebody changes the configuration. */
export type UnavailableReason = "upstream_unavailable" | "upstream_refused";

export type KeeperAnswer =
  | {
      readonly kind: "token";
      readonly token: string;
      /** Hexadecimal, for the audit. */
      readonly tokenSha256: string;
      readonly remainingSeconds: number;
    }
  | {
      readonly kind: "unavailable";
      readonly reason: UnavailableReason;
      readonly description: string;
      readonly retryAfterSeconds: number;
    };

export type KeeperEvent =
  | { readonly kind: "refreshed"; readonly target: TokenTarget; readonly lifetimeSeconds: number }
  | {
      readonly kind: "failed";
      readonly target: TokenTarget;
      readonly reason: UnavailableReason;
      readonly error: unknown;
      readonly retryInSeconds: number;
      /** Seconds for which the last good token is still served; 0 when there is none. */
      readonly remainingSeconds: number;
    };

export interface KeeperOptions {
  readonly issue: IssueToken;
  readonly clock: Clock;
  /** From 0 to below 1, as Math.random. */
  readonly random: () => number;
  readonly onEvent: (event: KeeperEvent) => void;
  /** Milliseconds that the source may take by itself, where that is more than a request or two. */
  readonly sourceMilliseconds?: number;
}

/** A token as metrics see it; both numbers are seconds. */
export interface KeptToken {
  readonly target: TokenTarget;
  readonly age: number;
  readonly remaining: number;
}

/** Milliseconds between two looks at the clock. */
const tickMilliseconds = 1_000;
/** Milliseconds that one way through the chain may take, pauses included, beside what its source may. */
const flightMilliseconds = 20_000;
/** How many refreshes the tick lets run at a time; callers of a cold entry do not wait for their turn. */
const backgroundFlights = 8;

interface Entry extends KeptTarget {
  current?: {
    readonly token: string;
    readonly tokenSha256: string;
    readonly lifetime: number;
    readonly expiry: Deadline;
  };
  failure?: { readonly reason: UnavailableReason; readonly description: string; readonly count: number };
  /** When the next attempt is due; undefined before the first. */
  next?: Deadline;
  flight?: Promise<void>;
  /** Whether anybody has asked since the last attempt: what nobody wants is tried no more. */
  wasUsed: boolean;
}

/**
 * Keeps one fresh token for every target. Callers never start a second exchange while one is under way, read the last good
 * token while it is refreshed or while the refresh fails, and never get an expired one.
 */
export class TokenKeeper {
  readonly #options: KeeperOptions;
  readonly #stopping = new AbortController();
  #entries: ReadonlyMap<string, Entry> = new Map();
  #stopTicking: (() => void) | undefined;

  /** @param targets Everything that may be asked for: the number of entries is fixed. */
  constructor(targets: readonly KeptTarget[], options: KeeperOptions) {
    this.#options = options;
    // As many listen as there are flights.
    setMaxListeners(0, this.#stopping.signal);
    this.keep(targets);
  }

  /** From now on these and no others; tokens of those that stay are kept. */
  keep(targets: readonly KeptTarget[]): void {
    const before = this.#entries;
    this.#entries = new Map(
      targets.map((kept) => {
        const key = targetKey(kept.target);
        return [key, Object.assign(before.get(key) ?? { wasUsed: false }, kept)];
      }),
    );
    if (this.#stopTicking !== undefined) this.#tick();
  }

  /** Fetches all tokens that are not lazy and keeps them fresh from now on; returns at once. */
  start(): void {
    this.#stopTicking ??= this.#options.clock.every(tickMilliseconds, () => this.#tick());
    this.#tick();
  }

  /** Gives up what is under way and refreshes no more. */
  stop(): void {
    this.#stopTicking?.();
    this.#stopping.abort();
  }

  /** How many tokens are kept from the start, and how many of them can be given without waiting. */
  get readiness(): { readonly ready: number; readonly kept: number } {
    const entries = [...this.#entries.values()].filter(({ isLazy }) => !isLazy);
    return { ready: entries.filter((entry) => this.#usable(entry) !== undefined).length, kept: entries.length };
  }

  /** Every token that is there at the moment; of those obtained when asked for, only what has not ended. */
  get tokens(): readonly KeptToken[] {
    const now = this.#options.clock.now();
    return [...this.#entries.values()].flatMap(({ target, current, isLazy }) => {
      if (current === undefined) return [];
      const left = remaining(current.expiry, now);
      if (isLazy && left <= 0) return [];
      return [{ target, age: (current.lifetime - left) / 1000, remaining: Math.max(0, left / 1000) }];
    });
  }

  /**
   * @throws {RangeError} For a target that the keeper does not keep.
   */
  async get(target: TokenTarget): Promise<KeeperAnswer> {
    const entry = this.#entries.get(targetKey(target));
    if (entry === undefined) throw new RangeError(`no ${target.kind} of ${target.account} is kept in this form`);
    entry.wasUsed = true;
    const kept = this.#usable(entry);
    if (kept !== undefined) return kept;
    const entries = this.#entries;
    if (entry.flight !== undefined || this.#isDue(entry)) await this.#refresh(entry);
    // Whoever had it granted when he began to wait may not have any more: he asks again.
    if (this.#entries !== entries) {
      const description = "the policy changed while the token was waited for";
      return { kind: "unavailable", reason: "upstream_unavailable", description, retryAfterSeconds: 1 };
    }
    return this.#usable(entry) ?? this.#unavailable(entry);
  }

  /**
   * The token that can be given at once; undefined where {@link get} would have to wait for one.
   *
   * @param now For whom has read the clock already.
   */
  peek(target: TokenTarget, now: Instant): Extract<KeeperAnswer, { kind: "token" }> | undefined {
    const entry = this.#entries.get(targetKey(target));
    if (entry === undefined) return undefined;
    entry.wasUsed = true;
    return this.#usable(entry, now);
  }

  #tick(): void {
    const entries = [...this.#entries.values()];
    const free = backgroundFlights - entries.filter(({ flight }) => flight !== undefined).length;
    if (free <= 0) return;
    const due = entries
      .filter((entry) => entry.flight === undefined && (!entry.isLazy || entry.wasUsed) && this.#isDue(entry))
      // Whoever waits longest is next: accounts whose requests hang take no other's turn again and again.
      .sort((one, other) => (one.next?.monotonic ?? 0) - (other.next?.monotonic ?? 0));
    for (const entry of due.slice(0, free)) {
      void this.#refresh(entry).then(() => {
        // The next one waiting for its turn need not wait for the next tick.
        if (!this.#stopping.signal.aborted && this.#stopTicking !== undefined) this.#tick();
      });
    }
  }

  #isDue({ next }: Entry): boolean {
    if (this.#stopping.signal.aborted) return false;
    return next === undefined || remaining(next, this.#options.clock.now()) <= 0;
  }

  #usable(
    { current }: Entry,
    now: Instant = this.#options.clock.now(),
  ): Extract<KeeperAnswer, { kind: "token" }> | undefined {
    if (current === undefined) return undefined;
    const { token, tokenSha256, expiry } = current;
    const remainingSeconds = Math.floor(remaining(expiry, now) / 1000);
    return remainingSeconds < 1 ? undefined : { kind: "token", token, tokenSha256, remainingSeconds };
  }

  #unavailable({ failure, next }: Entry): KeeperAnswer {
    const wait = next === undefined ? 0 : remaining(next, this.#options.clock.now());
    return {
      kind: "unavailable",
      reason: failure?.reason ?? "upstream_unavailable",
      description: failure?.description ?? "shutting down",
      retryAfterSeconds: Math.max(1, Math.ceil(wait / 1000)),
    };
  }

  /** Joins the refresh under way, or begins one. Never rejects. */
  #refresh(entry: Entry): Promise<void> {
    entry.flight ??= this.#attempt(entry).finally(() => {
      delete entry.flight;
    });
    return entry.flight;
  }

  async #attempt(entry: Entry): Promise<void> {
    const { issue, sourceMilliseconds = 0 } = this.#options;
    const milliseconds = flightMilliseconds + sourceMilliseconds;
    try {
      const issued = await withTimeLimit(milliseconds, this.#stopping.signal, (signal) => issue(entry.target, signal));
      this.#succeeded(entry, issued);
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#failed(entry, error);
    }
  }

  #succeeded(entry: Entry, { token, lifetimeSeconds }: IssuedToken): void {
    const now = this.#options.clock.now();
    const lifetime = lifetimeSeconds * 1000;
    const tokenSha256 = createHash("sha256").update(token).digest("hex");
    entry.current = { token, tokenSha256, lifetime, expiry: deadlineIn(now, lifetime) };
    entry.next = deadlineIn(now, refreshDelay(lifetime, this.#options.random()));
    entry.wasUsed = false;
    delete entry.failure;
    this.#options.onEvent({ kind: "refreshed", target: entry.target, lifetimeSeconds });
  }

  #failed(entry: Entry, error: unknown): void {
    const failure =
      error instanceof UpstreamError ? error : { retryAfterSeconds: undefined, message: "internal error" };
    const reason: UnavailableReason = isOutage(error) ? "upstream_unavailable" : "upstream_refused";
    const count = (entry.failure?.count ?? 0) + 1;
    const remainingSeconds = this.#usable(entry)?.remainingSeconds ?? 0;
    const delay = retryDelay(
      {
        isOutage: isOutage(error),
        retryAfterSeconds: failure.retryAfterSeconds,
        failures: count,
        remainingMilliseconds: remainingSeconds * 1000,
      },
      this.#options.random(),
    );
    entry.failure = { reason, description: failure.message, count };
    entry.wasUsed = false;
    entry.next = deadlineIn(this.#options.clock.now(), delay);
    this.#options.onEvent({
      kind: "failed",
      target: entry.target,
      reason,
      error,
      retryInSeconds: Math.ceil(delay / 1000),
      remainingSeconds,
    });
  }
}
