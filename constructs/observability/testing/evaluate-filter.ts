/**
 * Evaluates what the constructs write in the Logging query language, so that a test can hold a filter against an entry:
 * AND, OR, NOT, parentheses, and comparisons `=`, `=~`, `!=NUMBER` and `:*` of a field.
 * Source: cloud.google.com/logging/docs/view/logging-query-language.
 *
 * @throws {Error} for anything else
 */
export function matchesFilter(filter: string, entry: unknown): boolean {
  const reader = new Reader(filter);
  const holds = reader.either(entry);
  reader.end();
  return holds;
}

const comparison = /^([A-Za-z_][A-Za-z0-9_."]*?)(=~|!=|=|:)/;

class Reader {
  #rest: string;

  constructor(text: string) {
    this.#rest = text;
  }

  either(entry: unknown): boolean {
    let holds = this.#both(entry);
    while (this.#takes("OR ")) holds = this.#both(entry) || holds;
    return holds;
  }

  end(): void {
    if (this.#rest.trim() !== "") throw new Error(`not understood: ${this.#rest}`);
  }

  #both(entry: unknown): boolean {
    let holds = this.#one(entry);
    while (this.#takes("AND ")) holds = this.#one(entry) && holds;
    return holds;
  }

  #one(entry: unknown): boolean {
    if (this.#takes("NOT ")) return !this.#one(entry);
    if (this.#takes("(")) {
      const holds = this.either(entry);
      if (!this.#takes(")")) throw new Error(`expected ) at: ${this.#rest}`);
      return holds;
    }
    const [whole = "", field = "", operator] = comparison.exec(this.#rest.trimStart()) ?? [];
    if (whole === "") throw new Error(`expected a comparison at: ${this.#rest}`);
    this.#rest = this.#rest.trimStart().slice(whole.length);
    const value = valueAt(entry, field);
    if (operator === ":") {
      if (!this.#takes("*")) throw new Error(`expected * at: ${this.#rest}`);
      return value !== undefined;
    }
    if (operator === "!=") {
      const number = /^-?\d+/.exec(this.#rest)?.[0] ?? "";
      this.#rest = this.#rest.slice(number.length);
      return typeof value === "number" && value !== Number(number);
    }
    const text = this.#quoted();
    if (typeof value !== "string") return false;
    return operator === "=" ? value.toLowerCase() === text.toLowerCase() : new RegExp(text).test(value);
  }

  #quoted(): string {
    const quoted = /^"(\\.|[^"\\])*"/s.exec(this.#rest)?.[0];
    if (quoted === undefined) throw new Error(`expected a quoted value at: ${this.#rest}`);
    this.#rest = this.#rest.slice(quoted.length);
    return String(JSON.parse(quoted));
  }

  #takes(word: string): boolean {
    const rest = this.#rest.trimStart();
    if (!rest.startsWith(word)) return false;
    this.#rest = rest.slice(word.length);
    return true;
  }
}

function valueAt(entry: unknown, path: string): unknown {
  return path.split(".").reduce<unknown>((value, name) => {
    return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  }, entry);
}
