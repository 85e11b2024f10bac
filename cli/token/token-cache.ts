import { BrokerError, type BrokerToken } from "./broker-client";
import { failurePause, renewalTime } from "./patience";

/** Least milliseconds of life of a token that is given out. */
const leastLife = 1_000;

/**
 * One token, fetched when it is needed: once for all who ask together, again when it is nearly over, and used on while the
 * broker does not answer.
 */
export class TokenCache {
  readonly #fetch: () => Promise<BrokerToken>;
  #current: { readonly token: BrokerToken; readonly renewal: number } | undefined;
  #failure: { readonly error: unknown; readonly count: number; readonly until: number } | undefined;
  #flight: Promise<void> | undefined;

  constructor(fetch: () => Promise<BrokerToken>) {
    this.#fetch = fetch;
  }

  /** @throws {BrokerError} When there is no token that is still good. */
  async get(): Promise<BrokerToken> {
    const now = Date.now();
    const isFresh = this.#current !== undefined && now < this.#current.renewal;
    const mayAsk = this.#failure === undefined || now >= this.#failure.until;
    if (!isFresh && mayAsk) {
      this.#flight ??= this.#renew().finally(() => {
        this.#flight = undefined;
      });
      await this.#flight;
    }
    if (this.#current !== undefined && this.#current.token.expiresAt.getTime() - Date.now() > leastLife) {
      return this.#current.token;
    }
    throw this.#failure?.error ?? new BrokerError(undefined, "expired", "the broker gave a token that is over");
  }

  async #renew(): Promise<void> {
    try {
      const token = await this.#fetch();
      const now = Date.now();
      this.#failure = undefined;
      this.#current = { token, renewal: Math.max(renewalTime(now, token.expiresAt.getTime()), now + 5_000) };
    } catch (error) {
      const count = (this.#failure?.count ?? 0) + 1;
      const asked = error instanceof BrokerError ? error.retryAfterSeconds : undefined;
      this.#failure = { error, count, until: Date.now() + failurePause(count, asked) };
    }
  }
}
