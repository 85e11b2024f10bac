import { ClaimValueError, celClaimPath, celString, celTemplate, type LiteralValue } from "./cel-literal";
import { anyOf, Condition, type Pin } from "./condition";

/** A claim as CEL reads it, and as people name it. */
interface Named {
  readonly name: string;
  /** Test for its presence; absent where it is derived from another claim. */
  readonly presence?: string;
}

/** A claim whose value is a string. A token without the claim is refused by every comparison. */
class TextClaim<P extends Pin> {
  readonly #named: Named;

  constructor(
    /** The claim in CEL, for use in a mapping too. */
    readonly expression: string,
    /** "pinned" for a claim that names an identity and is never given to another. */
    readonly pin: P,
    named: Named,
  ) {
    this.#named = named;
  }

  /** @throws ClaimValueError for an empty text where the claim names an identity or is extracted */
  is(value: LiteralValue): Condition<P> {
    return this.#fixed(`${this.expression} == ${this.#literal(value)}`, `is ${celString(value)}`);
  }

  /** @throws ClaimValueError as `is` */
  isOneOf(values: readonly [LiteralValue, ...LiteralValue[]]): Condition<P> {
    requireValues(this.#named.name, values);
    if (values.length === 1) return this.is(values[0]);
    const literals = values.map((value) => this.#literal(value)).join(", ");
    return this.#fixed(`${this.expression} in [${literals}]`, `is one of ${literals}`);
  }

  /**
   * Never pinned: others may come to have the same beginning.
   *
   * @throws ClaimValueError for an empty prefix, which everything begins with
   */
  startsWith(prefix: LiteralValue): Condition<"open"> {
    if (prefix === "") throw new ClaimValueError(`expected a prefix of ${this.#named.name}: everything begins with ""`);
    return new Condition(`${this.expression}.startsWith(${celString(prefix)})`, "open", {
      words: `${this.#named.name} begins with ${celString(prefix)}`,
    });
  }

  isPresent(): Condition<"open"> {
    return new Condition(this.#named.presence ?? `${this.expression} != ''`, "open", {
      words: `${this.#named.name} is present`,
    });
  }

  /**
   * The part of the claim that stands for `{name}` in the template, such as `/sc/{connection}`; empty where the template does
   * not match, and then no comparison holds.
   *
   * @throws ClaimValueError for a template without exactly one `{name}`
   */
  extract(template: string): TextClaim<"open"> {
    return new TextClaim(this.#extracted(template), "open", { name: this.#nameOf(template) });
  }

  /** The same of an identity within the claim, vouched for by the issuer's documentation. */
  extractIdentity(template: string): TextClaim<"pinned"> {
    return new TextClaim(this.#extracted(template), "pinned", { name: this.#nameOf(template) });
  }

  #extracted(template: string): string {
    return `${this.expression}.extract(${celTemplate(template)})`;
  }

  #nameOf(template: string): string {
    return `the part of ${this.#named.name} in ${template}`;
  }

  #literal(value: LiteralValue): string {
    const mayBeEmpty = this.pin === "open" && this.#named.presence !== undefined;
    if (value === "" && !mayBeEmpty) throw new ClaimValueError(`expected a value of ${this.#named.name}, got none`);
    return celString(value);
  }

  #fixed(expression: string, words: string): Condition<P> {
    const pins = new Set(this.pin === "pinned" ? [this.#named.name] : []);
    return new Condition(expression, this.pin, { words: `${this.#named.name} ${words}`, pins });
  }
}

/** A claim whose value is true or false. */
class FlagClaim {
  constructor(
    readonly expression: string,
    private readonly named: Named,
  ) {}

  /** @throws ClaimValueError for what is neither true nor false, such as a text of CEL */
  is(value: boolean): Condition<"open"> {
    if (value !== true && value !== false) throw new ClaimValueError(`expected true or false for ${this.named.name}`);
    return new Condition(`${this.expression} == ${value}`, "open", { words: `${this.named.name} is ${value}` });
  }

  isPresent(): Condition<"open"> {
    return presence(this.named);
  }
}

/** A claim whose value is a list of strings. */
class ListClaim {
  constructor(
    readonly expression: string,
    private readonly named: Named,
  ) {}

  includes(value: LiteralValue): Condition<"open"> {
    const literal = celString(value);
    return new Condition(`${literal} in ${this.expression}`, "open", {
      words: `${this.named.name} includes ${literal}`,
    });
  }

  /** @throws ClaimValueError for no values at all: nothing is never included */
  includesOneOf(values: readonly [LiteralValue, ...LiteralValue[]]): Condition<"open"> {
    requireValues(this.named.name, values);
    const [first, ...others] = values;
    return anyOf(this.includes(first), ...others.map((value) => this.includes(value)));
  }

  isPresent(): Condition<"open"> {
    return presence(this.named);
  }
}

/** Synthesis runs without a type check: a text would be taken letter by letter, and nothing is never equal to a value. */
function requireValues(name: string, values: readonly LiteralValue[]): void {
  if (!Array.isArray(values) || values.length === 0) throw new ClaimValueError(`expected a list of values of ${name}`);
}

const presence = ({ name, presence: test = "false" }: Named): Condition<"open"> =>
  new Condition(test, "open", { words: `${name} is present` });

/** The groups that the mapping made, of workforce pools: `google.groups`. */
export const mappedGroups = new ListClaim("google.groups", { name: "google.groups", presence: "has(google.groups)" });

/** `identity`: a string that names an identity for ever; `text`: any other string. */
export type ClaimKind = "identity" | "text" | "flag" | "list";
type ClaimOf<K extends ClaimKind> = {
  identity: TextClaim<"pinned">;
  text: TextClaim<"open">;
  flag: FlagClaim;
  list: ListClaim;
}[K];

const makers: { readonly [K in ClaimKind]: (expression: string, named: Named) => ClaimOf<K> } = {
  identity: (expression, named) => new TextClaim(expression, "pinned", named),
  text: (expression, named) => new TextClaim(expression, "open", named),
  flag: (expression, named) => new FlagClaim(expression, named),
  list: (expression, named) => new ListClaim(expression, named),
};

/**
 * One claim of an issuer's tokens, by its path: `["kubernetes.io", "namespace"]`.
 *
 * @throws ClaimValueError for a name that no claim can have
 */
export function claimAt<K extends ClaimKind>(kind: K, path: readonly [string, ...string[]]): ClaimOf<K> {
  const { expression, presence } = celClaimPath(path);
  if (!Object.hasOwn(makers, kind)) throw new ClaimValueError(`expected one of ${Object.keys(makers).join(", ")}`);
  // In words a name stands without quotes: one that could mean something to Terraform or to a reader stands as CEL has it.
  const plain = path.every((part) => /^[A-Za-z0-9_./:-]+$/.test(part));
  return makers[kind](expression, { name: plain ? path.join(".") : expression, presence });
}

/** The claims of an issuer's tokens, each with the comparisons that its kind allows. */
export type Claims<S extends Readonly<Record<string, ClaimKind>>> = { readonly [N in keyof S]: ClaimOf<S[N]> };

/**
 * Declares the claims of an issuer's tokens, by name and kind.
 *
 * @example const claims = claimsOf({ repository_id: "identity", ref: "text" });
 *          allOf(claims.repository_id.is("712345678"), claims.ref.startsWith("refs/heads/"))
 * @throws ClaimValueError for a name that no claim can have
 */
export function claimsOf<const S extends Readonly<Record<string, ClaimKind>>>(kinds: S): Claims<S> {
  return Object.fromEntries(Object.entries(kinds).map(([name, kind]) => [name, claimAt(kind, [name])])) as Claims<S>;
}
