import { type Clock, type Deadline, deadlineIn, remaining } from "../clock";
import type { Grant } from "../config";
import type { IssuedToken } from "../exchange/generate-access-token";
import type { IssueToken } from "../exchange/issue-token";
import { UpstreamError } from "../upstream/upstream-error";
import { refreshDelay, retryDelay } from "./refresh-schedule";

/** Why there is no token: an outage ends by itself, a refusal when somebody changes the configuration. */
export type UnavailableReason = "upstream_unavailable" | "upstream_refused";

export type KeeperAnswer =
  | { readonly kind: "token"; readonly accessToken: string; readonly remainingSeconds: number }
  | {
      readonly kind: "unavailable";
      readonly reason: UnavailableReason;
      readonly description: string;
      readonly retryAfterSeconds: number;
    };

export type KeeperEvent =
  | { readonly kind: "refreshed"; readonly grant: Grant; readonly lifetimeSeconds: number }
  | {
      readonly kind: "failed";
      readonly grant: Grant;
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
}

/** Milliseconds between two looks at the clock. */
const tickMilliseconds = 1_000;
/** Milliseconds that one way through the chain may take, pauses included. */
const flightMilliseconds = 20_000;
/** How many refreshes the tick lets run at a time; callers of a cold entry do not wait for their turn. */
const backgroundFlights = 8;

interface Entry {
  readonly grant: Grant;
  current?: { readonly accessToken: string; readonly expiry: Deadline };
  failure?: { readonly reason: UnavailableReason; readonly description: string; readonly count: number };
  /** When the next attempt is due; undefined before the first. */
  next?: Deadline;
  flight?: Promise<void>;
}

/**
 * Keeps one fresh token for every grant. Callers never start a second exchange while one is under way, read the last good
 * token while it is refreshed or while the refresh fails, and never get an expired one.
 */
export class TokenKeeper {
  readonly #options: KeeperOptions;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #stopping = new AbortController();
  #stopTicking: (() => void) | undefined;

  /** @param grants Everything that may ever be asked for: the number of entries is fixed. */
  constructor(grants: readonly Grant[], options: KeeperOptions) {
    this.#options = options;
    this.#entries = new Map(grants.map((grant) => [entryKey(grant), { grant }]));
  }

  /** Fetches all tokens and keeps them fresh from now on; returns at once. */
  start(): void {
    this.#stopTicking ??= this.#options.clock.every(tickMilliseconds, () => this.#tick());
    this.#tick();
  }

  /** Gives up what is under way and refreshes no more. */
  stop(): void {
    this.#stopTicking?.();
    this.#stopping.abort();
  }

  /** How many tokens are kept, and how many of them can be given without waiting. */
  get readiness(): { readonly ready: number; readonly kept: number } {
    const entries = [...this.#entries.values()];
    return { ready: entries.filter((entry) => this.#usable(entry) !== undefined).length, kept: entries.length };
  }

  /**
   * @throws {RangeError} For a grant that the keeper was not made with.
   */
  async get(grant: Grant): Promise<KeeperAnswer> {
    const entry = this.#entries.get(entryKey(grant));
    if (entry === undefined) throw new RangeError(`no token is kept for ${grant.account} with this scope and lifetime`);
    const kept = this.#usable(entry);
    if (kept !== undefined) return kept;
    if (entry.flight !== undefined || this.#isDue(entry)) await this.#refresh(entry);
    return this.#usable(entry) ?? this.#unavailable(entry);
  }

  #tick(): void {
    let flying = 0;
    for (const entry of this.#entries.values()) if (entry.flight !== undefined) flying++;
    for (const entry of this.#entries.values()) {
      if (flying >= backgroundFlights) return;
      if (entry.flight === undefined && this.#isDue(entry)) {
        flying++;
        void this.#refresh(entry).then(() => {
          // The next one waiting for its turn need not wait for the next tick.
          if (!this.#stopping.signal.aborted && this.#stopTicking !== undefined) this.#tick();
        });
      }
    }
  }

  #isDue({ next }: Entry): boolean {
    if (this.#stopping.signal.aborted) return false;
    return next === undefined || remaining(next, this.#options.clock.now()) <= 0;
  }

  #usable({ current }: Entry): Extract<KeeperAnswer, { kind: "token" }> | undefined {
    if (current === undefined) return undefined;
    const remainingSeconds = Math.floor(remaining(current.expiry, this.#options.clock.now()) / 1000);
    return remainingSeconds < 1 ? undefined : { kind: "token", accessToken: current.accessToken, remainingSeconds };
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
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(flightMilliseconds)]);
    try {
      this.#succeeded(entry, await this.#options.issue(entry.grant, signal));
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#failed(entry, error);
    }
  }

  #succeeded(entry: Entry, { accessToken, lifetimeSeconds }: IssuedToken): void {
    const now = this.#options.clock.now();
    const lifetime = lifetimeSeconds * 1000;
    entry.current = { accessToken, expiry: deadlineIn(now, lifetime) };
    entry.next = deadlineIn(now, refreshDelay(lifetime, this.#options.random()));
    delete entry.failure;
    this.#options.onEvent({ kind: "refreshed", grant: entry.grant, lifetimeSeconds });
  }

  #failed(entry: Entry, error: unknown): void {
    const failure =
      error instanceof UpstreamError
        ? error
        : { retryable: false, retryAfterSeconds: undefined, message: "internal error", code: "internal" };
    // An answer that cannot be read is the upstream's fault of the moment, not a refusal.
    const reason: UnavailableReason =
      failure.retryable || failure.code === "malformed_response" ? "upstream_unavailable" : "upstream_refused";
    const count = (entry.failure?.count ?? 0) + 1;
    const { retryable, retryAfterSeconds } = failure;
    const delay = retryDelay({ retryable, retryAfterSeconds, failures: count }, this.#options.random());
    entry.failure = { reason, description: failure.message, count };
    entry.next = deadlineIn(this.#options.clock.now(), delay);
    this.#options.onEvent({
      kind: "failed",
      grant: entry.grant,
      reason,
      error,
      retryInSeconds: Math.ceil(delay / 1000),
      remainingSeconds: this.#usable(entry)?.remainingSeconds ?? 0,
    });
  }
}

/** The same account with other scopes or another lifetime is another token. */
function entryKey({ account, scopes, lifetimeSeconds }: Grant): string {
  return JSON.stringify([account, [...new Set(scopes)].sort(), lifetimeSeconds]);
}
