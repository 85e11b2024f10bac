import { type ClaimForm, type ClaimScope, ClaimVariable, claimForms, type KnownClaims } from "./claim-variable";
import { type SymbolicValue, textValue } from "./symbolic-value";
import { boolean, choose, equal, implies, no, not, or, type Sort, type Term, text, variable, yes } from "./term";
import { concat, isLonger, leavesOf, partsOf } from "./text-terms";

/** Finds the values in a text that are not known before apply: the text cut up, every second part the name of one. */
export type FindUnresolved = (text: string) => readonly string[];

export interface UniverseOptions {
  /** Where given, these values are the solver's to choose as well; otherwise each is a value of its own. */
  readonly inputsIn?: FindUnresolved;
  /** Whether all is said exactly, Google's limits on sizes too. Without it more tokens are admitted than there are. */
  readonly limits?: boolean;
}

/** The formula would be larger than a solver can be asked. */
export class TooLargeError extends Error {
  override readonly name = "TooLargeError";
}

const stepLimit = 40_000;

/**
 * All that one formula is about: tokens, side conditions, and values of which nothing is assumed, because the part of an
 * expression that gives them is not translated. A formula without a model then has none whatever those parts do.
 */
export class Universe implements ClaimScope {
  readonly listNeeds = new Map<string, number>();
  readonly #constraints: Term<"Bool">[] = [];
  readonly #untranslated = new Set<string>();
  readonly #unresolved = new Set<string>();
  readonly #tokens = new Map<string, ClaimVariable>();
  readonly #limits = new Map<string, Term<"Bool">>();
  #names = 0;
  #steps = 0;

  constructor(
    readonly listSizes: Map<string, number>,
    private readonly options: UniverseOptions = {},
  ) {}

  /** Whether what nearly says the same is not enough. */
  get exact(): boolean {
    return this.options.limits === true;
  }

  fresh(hint: string): string {
    this.#names += 1;
    return `${hint}_${this.#names}`;
  }

  constrain(condition: Term<"Bool">): void {
    this.#constraints.push(condition);
  }

  /** Counts a step of building the formula. @throws {TooLargeError} where there are too many */
  step(): void {
    this.#steps += 1;
    if (this.#steps > stepLimit) throw new TooLargeError("the condition is too large for the solver");
  }

  get constraints(): readonly Term<"Bool">[] {
    return this.#constraints;
  }

  /** Why some values are free, in half sentences. */
  get untranslated(): readonly string[] {
    return [...this.#untranslated];
  }

  /** Values that were left to the solver although whoever applies gives them. */
  get unresolved(): readonly string[] {
    return [...this.#unresolved];
  }

  get tokens(): ReadonlyMap<string, ClaimVariable> {
    return this.#tokens;
  }

  /** The claims of a token; the same for the same name. */
  token(name: string, known: KnownClaims = {}): ClaimVariable {
    const present = this.#tokens.get(name);
    if (present !== undefined) return present;
    const token = new ClaimVariable(this, name, ["map"], known);
    this.#tokens.set(name, token);
    return token;
  }

  /** Whether a text has no part that the solver is to choose. */
  isKnown(value: string): boolean {
    return this.options.inputsIn === undefined || this.options.inputsIn(value).length === 1;
  }

  /** Whether a text may turn out to be anything, which is then noted. */
  isAnything(value: string): boolean {
    if (this.isKnown(value)) return false;
    this.literal(value);
    return true;
  }

  /** A text as it stands in a configuration. */
  literal(value: string): Term<"String"> {
    const parts = this.options.inputsIn?.(value) ?? [value];
    if (parts.length === 1) return text(value);
    return concat(
      ...parts.map((part, index) => {
        if (index % 2 === 0) return text(part);
        this.#unresolved.add(part);
        return variable("String", `unresolved_${[...part].map((unit) => unit.codePointAt(0)?.toString(16)).join("_")}`);
      }),
    );
  }

  free<S extends Sort>(sort: S): Term<S> {
    return variable(sort, this.fresh("free"));
  }

  /** A truth value, or, unless it `succeeds`, also an error. */
  anyFlag(reason: string, succeeds = false): SymbolicValue {
    this.#untranslated.add(reason);
    const content = { kind: "flag", value: this.free("Bool") } as const;
    return [{ when: succeeds ? yes : this.free("Bool"), content }];
  }

  anyText(reason: string): SymbolicValue {
    this.#untranslated.add(reason);
    return textValue(this.free("String"));
  }

  anyNumber(reason: string): SymbolicValue {
    this.#untranslated.add(reason);
    return [{ when: yes, content: { kind: "number", value: this.free("Real") } }];
  }

  /** Any value, or an error. */
  anything(reason: string): SymbolicValue {
    this.#untranslated.add(reason);
    const kind = this.free("Kind");
    const is = (name: ClaimForm) => equal(kind, { sort: "Kind", text: name, args: [], literal: name });
    // biome-ignore lint/suspicious/useIterableCallbackReturn: the switch covers every case
    return claimForms.flatMap((name): SymbolicValue => {
      const when = is(name);
      switch (name) {
        case "absent":
          return [];
        case "null":
          return [{ when, content: { kind: "null" } }];
        case "text":
          return [{ when, content: { kind: "text", value: this.free("String") } }];
        case "flag":
          return [{ when, content: { kind: "flag", value: this.free("Bool") } }];
        case "number":
          return [{ when, content: { kind: "number", value: this.free("Real") } }];
        case "list":
          return [{ when, content: { kind: "opaque" } }];
        case "map":
          return [];
      }
    });
  }

  /**
   * Whether a text has more than so many bytes of UTF-8, of which a character has one to four. Without limits, never. Of a
   * text that is made of several only that it does not while they are short.
   * @param key the answer is the same for the same key
   */
  exceeds(bytes: number, whole: Term<"String">, key: string): Term<"Bool"> {
    if (!this.options.limits) return no;
    if (typeof whole.literal === "string") return boolean(Buffer.byteLength(whole.literal) > bytes);
    if (whole.text === "ite" || partsOf(whole).filter(({ literal }) => literal === undefined).length > 1)
      return this.mayExceed(bytes, [whole], key);
    const written = partsOf(whole).reduce((sum, { literal }) => sum + Buffer.byteLength(String(literal ?? "")), 0);
    const characters = partsOf(whole).reduce((sum, { literal }) => sum + [...String(literal ?? "")].length, 0);
    // Beside the literal parts, whose size is known, a number of characters.
    const longer = (count: number) => (count < 0 ? yes : isLonger(whole, characters + count));
    return this.#limit(key, (exceeded) =>
      choose(exceeded, longer(Math.floor((bytes - written) / 4)), not(longer(bytes - written))),
    );
  }

  /**
   * Whether something made of texts may have more than so many bytes; it has not while each part has few characters. That
   * it has when they have many is not said: such a token is taken for one that keeps the limit.
   */
  mayExceed(bytes: number, made: readonly Term<"String">[], key: string): Term<"Bool"> {
    const parts = made.flatMap(leavesOf);
    const written = parts.reduce((sum, { literal }) => sum + Buffer.byteLength(String(literal ?? "")), 0);
    const open = parts.filter(({ literal }) => literal === undefined);
    const each = Math.max(0, Math.floor((bytes - written) / (4 * Math.max(1, open.length))));
    return this.#limit(key, (exceeded) => implies(exceeded, or(...open.map((part) => isLonger(part, each)))));
  }

  #limit(key: string, meaning: (exceeded: Term<"Bool">) => Term<"Bool">): Term<"Bool"> {
    if (!this.options.limits) return no;
    const present = this.#limits.get(key);
    if (present !== undefined) return present;
    const exceeded = this.free("Bool");
    this.constrain(meaning(exceeded));
    this.#limits.set(key, exceeded);
    return exceeded;
  }
}
