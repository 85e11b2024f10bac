import { type Clock, type Deadline, deadlineIn, remaining } from "../clock";
import { askedPause, refreshDelay } from "../keeper/refresh-schedule";
import { isOutage, UpstreamError } from "../upstream/upstream-error";

/** A token of Google's for the broker itself, by which it becomes service accounts. */
export interface FederatedToken {
  readonly token: string;
  /** Whole seconds; undefined where Google does not say: then it serves the callers of this moment only. */
  readonly lifetimeSeconds: number | undefined;
}

export interface FederatedTokenTools {
  readonly clock: Clock;
  /** From 0 to below 1, as Math.random. */
  readonly random: () => number;
}

/** Milliseconds of life that a token must have left to be of use when there is no newer one. */
const leastUseful = 30_000;
/** Milliseconds for which a failure is not tried again, whoever asks. */
const pauseAfterFailure = 1_000;

/**
 * One federated token for all accounts: obtained once when many need it, again when it is due, and used on while a new one
 * cannot be had.
 */
export class SharedFederatedToken {
  readonly #obtain: (signal: AbortSignal) => Promise<FederatedToken>;
  readonly #tools: FederatedTokenTools;
  #current: { readonly token: string; readonly expiry: Deadline; readonly due: Deadline } | undefined;
  #failure: { readonly error: unknown; readonly until: Deadline } | undefined;
  #flight: Promise<string> | undefined;

  /** @param obtain From the start: external token and exchange. */
  constructor(obtain: (signal: AbortSignal) => Promise<FederatedToken>, tools: FederatedTokenTools) {
    this.#obtain = obtain;
    this.#tools = tools;
  }

  /** @throws {UpstreamError} When there is none, and none that is still good. */
  async get(signal: AbortSignal): Promise<string> {
    const now = this.#tools.clock.now();
    if (this.#current !== undefined && remaining(this.#current.due, now) > 0) return this.#current.token;
    if (this.#failure !== undefined && remaining(this.#failure.until, now) > 0) {
      const { error, until } = this.#failure;
      const left = Math.ceil(remaining(until, now) / 1000);
      return this.#lastGood(error instanceof UpstreamError ? error.heardLater(left) : error);
    }
    this.#flight ??= this.#refresh(signal).finally(() => {
      this.#flight = undefined;
    });
    return this.#flight;
  }

  /** Google has refused the token before its time: the next caller gets a new one. */
  discard(token: string): void {
    if (this.#current?.token === token) this.#current = undefined;
  }

  async #refresh(signal: AbortSignal): Promise<string> {
    const { clock, random } = this.#tools;
    try {
      const { token, lifetimeSeconds = 0 } = await this.#obtain(signal);
      const now = clock.now();
      const lifetime = lifetimeSeconds * 1000;
      this.#failure = undefined;
      this.#current = {
        token,
        expiry: deadlineIn(now, lifetime),
        due: deadlineIn(now, refreshDelay(lifetime, random())),
      };
      return token;
    } catch (error) {
      const asked = error instanceof UpstreamError ? askedPause(error.retryAfterSeconds) : 0;
      this.#failure = { error, until: deadlineIn(clock.now(), Math.max(pauseAfterFailure, asked)) };
      return this.#lastGood(error);
    }
  }

  #lastGood(error: unknown): string {
    const left = this.#current === undefined ? 0 : remaining(this.#current.expiry, this.#tools.clock.now());
    if (this.#current === undefined || left < leastUseful || !isOutage(error)) throw error;
    return this.#current.token;
  }
}
