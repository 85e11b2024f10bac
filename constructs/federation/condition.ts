import { ClaimValueError, celClaimPath, celString, celTemplate, type LiteralValue } from "./cel-literal";

/** Whether a condition holds only for tokens of one fixed set of identities whose ids are never given to another. */
export type Pin = "pinned" | "open";

/** How tightly the outermost operator binds. */
type Shape = "operand" | "and" | "or";

/** Names of the claims that are compared with fixed identities, whatever else holds; "vouched" for raw text. */
type Pins = ReadonlySet<string> | "vouched";

interface Parts {
  /** The same in plain words, for people who review it. */
  readonly words: string;
  readonly shape?: Shape;
  readonly pins?: Pins;
  /** Operators `&&`, `||` and `!`. */
  readonly logicalOperators?: number;
}

/**
 * An attribute condition of a provider. Made by the claims of an issuer and by `allOf`, `anyOf` and `not`; there is no
 * other way but `unsafeCondition`. The type tells whether it pins an immutable identity.
 */
class Condition<P extends Pin = Pin> {
  /** The condition in plain words, with values quoted as in CEL. */
  readonly words: string;
  readonly logicalOperators: number;
  readonly #shape: Shape;
  readonly #pins: Pins;

  constructor(
    /** CEL, with Terraform references where a value is computed. */
    readonly expression: string,
    readonly pin: P,
    { words, shape = "operand", pins = new Set(), logicalOperators = 0 }: Parts,
  ) {
    this.words = words;
    this.logicalOperators = logicalOperators;
    this.#shape = shape;
    this.#pins = pins;
  }

  /** Claims that are compared with fixed identities in every way to satisfy the condition; "vouched" for raw text. */
  get pinnedClaims(): Pins {
    return this.#pins;
  }

  /** The expression as an operand of an operator of the given shape. */
  within(shape: Exclude<Shape, "operand">): string {
    return this.#shape === "operand" || this.#shape === shape ? this.expression : `(${this.expression})`;
  }

  /** The words as an operand of an operator of the given shape. */
  wordsWithin(shape: Exclude<Shape, "operand">): string {
    return this.#shape === "operand" || this.#shape === shape ? this.words : `(${this.words})`;
  }

  /** The shape as an outer operator sees it. */
  get shape(): Shape {
    return this.#shape;
  }
}

export type { Condition };

/** A condition that a provider may have. */
export type PinnedCondition = Condition<"pinned">;

type Conditions = readonly [Condition, ...Condition[]];
type PinOfAll<C extends Conditions> = [Extract<C[number], PinnedCondition>] extends [never] ? "open" : "pinned";
type PinOfAny<C extends Conditions> = [C[number]] extends [PinnedCondition] ? "pinned" : "open";

/** Holds when all hold; pinned when one of them is. */
export function allOf<C extends Conditions>(...conditions: C): Condition<PinOfAll<C>> {
  const pin = conditions.some((condition) => condition.pin === "pinned") ? "pinned" : "open";
  const pins = conditions.map((condition) => condition.pinnedClaims).reduce(union);
  return joined(conditions, "and", pin as PinOfAll<C>, pins);
}

/** Holds when one holds; pinned when every one is. */
export function anyOf<C extends Conditions>(...conditions: C): Condition<PinOfAny<C>> {
  const pin = conditions.every((condition) => condition.pin === "pinned") ? "pinned" : "open";
  const pins = conditions.map((condition) => condition.pinnedClaims).reduce(intersection);
  return joined(conditions, "or", pin as PinOfAny<C>, pins);
}

/** Holds when the other does not; never pinned, as it holds for everyone else. */
export const not = (condition: Condition): Condition<"open"> =>
  new Condition(`!(${condition.expression})`, "open", {
    words: `not (${condition.words})`,
    logicalOperators: condition.logicalOperators + 1,
  });

/**
 * CEL as written, for what the builder cannot say. Nothing is quoted or checked, and whoever calls it vouches that it
 * pins an immutable identity, and the owner where the issuer has many.
 */
export const unsafeCondition = (expression: string): PinnedCondition =>
  new Condition(`(${expression})`, "pinned", {
    words: `the unchecked expression (${expression}) holds`,
    pins: "vouched",
    logicalOperators: expression.match(/&&|\|\||!(?!=)/g)?.length ?? 0,
  });

const union = (one: Pins, other: Pins): Pins =>
  one === "vouched" || other === "vouched" ? "vouched" : new Set([...one, ...other]);

const intersection = (one: Pins, other: Pins): Pins => {
  if (one === "vouched") return other;
  return other === "vouched" ? one : new Set([...one].filter((name) => other.has(name)));
};

function joined<P extends Pin>(conditions: Conditions, shape: "and" | "or", pin: P, pins: Pins): Condition<P> {
  const operator = shape === "and" ? " && " : " || ";
  const [first, ...others] = conditions;
  return new Condition(conditions.map((condition) => condition.within(shape)).join(operator), pin, {
    words: conditions.map((condition) => condition.wordsWithin(shape)).join(` ${shape} `),
    // Of one condition alone the shape is its own: a wider context must know what the text is made of.
    shape: others.length === 0 ? first.shape : shape,
    pins,
    logicalOperators: conditions.reduce((sum, each) => sum + each.logicalOperators, others.length),
  });
}

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

  is(value: boolean): Condition<"open"> {
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
    const [first, ...others] = values.map((value) => this.includes(value));
    if (first === undefined) throw new ClaimValueError(`expected a value of ${this.named.name}, got none`);
    return anyOf(first, ...others);
  }

  isPresent(): Condition<"open"> {
    return presence(this.named);
  }
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
  return makers[kind](expression, { name: path.join("."), presence });
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
  return Object.fromEntries(
    Object.entries(kinds).map(([name, kind]) => [name, claimAt(kind, [name])]),
  ) as unknown as Claims<S>;
}
