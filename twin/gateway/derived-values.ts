import type { ResourceStore } from "../store/resource-store";

/** Values that were read off the store, each under a key; forgotten as soon as the store changes. */
export class DerivedValues<Value> {
  readonly #store: ResourceStore;
  readonly #values = new Map<string, Value>();
  #version: number | undefined;

  constructor(store: ResourceStore) {
    this.#store = store;
  }

  get(key: string, read: () => Value): Value {
    if (this.#version !== this.#store.version) {
      this.#values.clear();
      this.#version = this.#store.version;
    }
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    const value = read();
    this.#values.set(key, value);
    return value;
  }
}
