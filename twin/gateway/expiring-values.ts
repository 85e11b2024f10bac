import { createHash, randomBytes } from "node:crypto";

interface Entry<Value> {
  readonly value: Value;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/**
 * Values under random keys that nobody can guess, each for a limited time and all together for a limited number; the
 * oldest goes first. Only digests of the keys are kept, so a look-up reveals nothing by the time it takes.
 */
export class ExpiringValues<Value> {
  readonly #entries = new Map<string, Entry<Value>>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @returns the new key: 256 bits, base64url */
  put(value: Value, lifetimeSeconds: number): string {
    const key = randomBytes(32).toString("base64url");
    this.#entries.set(digestOf(key), { value, expiresAt: Date.now() + lifetimeSeconds * 1000 });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#limit) break;
      this.#entries.delete(oldest);
    }
    return key;
  }

  get(key: string): Value | undefined {
    const digest = digestOf(key);
    const entry = this.#entries.get(digest);
    if (entry === undefined) return undefined;
    if (entry.expiresAt > Date.now()) return entry.value;
    this.#entries.delete(digest);
    return undefined;
  }

  /** Gives the value once; a second call with the same key gets nothing. */
  take(key: string): Value | undefined {
    const value = this.get(key);
    this.delete(key);
    return value;
  }

  delete(key: string): void {
    this.#entries.delete(digestOf(key));
  }
}

const digestOf = (key: string): string => createHash("sha256").update(key).digest("base64url");
