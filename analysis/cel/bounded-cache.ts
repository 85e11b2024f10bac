/** Keeps the most recently used values, at most `capacity` of them. */
export class BoundedCache<Value> {
  readonly #entries = new Map<string, { readonly value: Value }>();

  constructor(private readonly capacity: number) {}

  get size(): number {
    return this.#entries.size;
  }

  /** The value kept under the key, or else what `make` gives. */
  get(key: string, make: () => Value): Value {
    const entry = this.#entries.get(key) ?? { value: make() };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    const oldest = this.#entries.keys().next();
    if (this.#entries.size > this.capacity && !oldest.done) this.#entries.delete(oldest.value);
    return entry.value;
  }
}
