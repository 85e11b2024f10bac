/** How many lines may come at once, and how many a second in the long run. */
const burst = 200;
const perSecond = 10;

/**
 * Bounds the lines about callers that are no client of the policy, as far as is known when they are refused. Whoever reaches
 * the broker can be refused as often as it likes; a line for each would let it fill a disk, and without a line in the audit
 * nobody gets a token.
 */
export class StrangerLines {
  readonly #now: () => number;
  #left = burst;
  #since: number;
  #leftOut = 0;

  /** @param now Milliseconds since some start. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#since = now();
  }

  /** @returns Whether a line may be written now. */
  admit(): boolean {
    const now = this.#now();
    this.#left = Math.min(burst, this.#left + ((now - this.#since) / 1000) * perSecond);
    this.#since = now;
    if (this.#left < 1) {
      this.#leftOut += 1;
      return false;
    }
    this.#left -= 1;
    return true;
  }

  /** How many were left out since this was asked last; undefined for none. */
  takeLeftOut(): number | undefined {
    const count = this.#leftOut;
    this.#leftOut = 0;
    return count === 0 ? undefined : count;
  }
}
