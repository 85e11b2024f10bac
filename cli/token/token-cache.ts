import type { Deadline } from "../../handlers/token-broker/clock";
import { BrokerError, type BrokerToken } from "./broker-client";
import { after, failurePause, leftUntil, renewalDelay } from "./patience";

/** Least milliseconds of life of a token that is given out. */
const leastLife = 1_000;

interface Current {
  readonly token: BrokerToken;
  readonly renewal: Deadline;
  readonly end: Deadline;
}

/**
 * One token, fetched when it is needed: once for all who ask together, again when it is nearly over, and used on while the
 * broker does not answer.
 */
export class TokenCache {
  readonly #fetch: () => Promise<BrokerToken>;
  #current: Current | undefined;
  #failure: { readonly error: unknown; readonly count: number; readonly until: Deadline } | undefined;
  #flight: Promise<void> | undefined;

  constructor(fetch: () => Promise<BrokerToken>) {
    this.#fetch = fetch;
  }

  /**
   * The token, with its end by the clock as it is now.
   *
   * @throws {BrokerError} When there is no token that is still good.
   */
  async get(): Promise<BrokerToken> {
    const isFresh = this.#current !== undefined && leftUntil(this.#current.renewal) > 0;
    const mayAsk = this.#failure === undefined || leftUntil(this.#failure.until) <= 0;
    if (!isFresh && mayAsk) {
      this.#flight ??= this.#renew().finally(() => {
        this.#flight = undefined;
      });
      await this.#flight;
    }
    const left = this.#life();
    if (this.#current !== undefined && left > leastLife) {
      return { ...this.#current.token, expiresAt: new Date(Date.now() + left) };
    }
    throw this.#failure?.error ?? new BrokerError(undefined, "expired", "the broker gave a token that is over");
  }

  #life(): number {
    return this.#current === undefined ? 0 : Math.max(0, leftUntil(this.#current.end));
  }

  async #renew(): Promise<void> {
    try {
      const token = await this.#fetch();
      const life = token.expiresAt.getTime() - Date.now();
      this.#failure = undefined;
      this.#current = { token, renewal: after(renewalDelay(life)), end: after(life) };
    } catch (error) {
      const count = (this.#failure?.count ?? 0) + 1;
      const asked = error instanceof BrokerError ? error.retryAfterSeconds : undefined;
      this.#failure = { error, count, until: after(failurePause(count, asked, this.#life())) };
    }
  }
}
