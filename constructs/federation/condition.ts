import { celString, type LiteralValue } from "./cel-literal";

/** Whether a condition holds only for tokens of one fixed set of identities whose ids are never given to another. */
export type Pin = "pinned" | "open";

/** How tightly the outermost operator binds. */
type Shape = "operand" | "and" | "or";

/**
 * An attribute condition of a provider. Made by the claims of an issuer and by `allOf`, `anyOf` and `not`; there is no
 * other way but `unsafeCondition`. The type tells whether it pins an immutable identity.
 */
class Condition<P extends Pin = Pin> {
  readonly #shape: Shape;

  constructor(
    /** CEL, with Terraform references where a value is computed. */
    readonly expression: string,
    readonly pin: P,
    shape: Shape = "operand",
  ) {
    this.#shape = shape;
  }

  /** The expression as an operand of an operator of the given shape. */
  within(shape: Exclude<Shape, "operand">): string {
    return this.#shape === "operand" || this.#shape === shape ? this.expression : `(${this.expression})`;
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
  return joined(conditions, "and", pin as PinOfAll<C>);
}

/** Holds when one holds; pinned when every one is. */
export function anyOf<C extends Conditions>(...conditions: C): Condition<PinOfAny<C>> {
  const pin = conditions.every((condition) => condition.pin === "pinned") ? "pinned" : "open";
  return joined(conditions, "or", pin as PinOfAny<C>);
}

/** Holds when the other does not; never pinned, as it holds for everyone else. */
export const not = (condition: Condition): Condition<"open"> => new Condition(`!(${condition.expression})`, "open");

/**
 * CEL as written, for what the builder cannot say. Nothing is quoted or checked, and whoever calls it vouches that it
 * pins an immutable identity.
 */
export const unsafeCondition = (expression: string): PinnedCondition => new Condition(`(${expression})`, "pinned");

function joined<P extends Pin>(conditions: Conditions, shape: "and" | "or", pin: P): Condition<P> {
  const operator = shape === "and" ? " && " : " || ";
  const operands = conditions.map((condition) => condition.within(shape));
  return new Condition(operands.join(operator), pin, conditions.length === 1 ? "operand" : shape);
}

/** A claim whose value is a string. A token without the claim is refused by every comparison. */
class TextClaim<P extends Pin> {
  constructor(
    /** The claim in CEL, for use in a mapping too. */
    readonly expression: string,
    /** "pinned" for a claim that names an identity and is never given to another. */
    readonly pin: P,
  ) {}

  is(value: LiteralValue): Condition<P> {
    return new Condition(`${this.expression} == ${celString(value)}`, this.pin);
  }

  isOneOf(values: readonly [LiteralValue, ...LiteralValue[]]): Condition<P> {
    if (values.length === 1) return this.is(values[0]);
    return new Condition(`${this.expression} in [${values.map(celString).join(", ")}]`, this.pin);
  }

  /** Never pinned: others may come to have the same beginning. */
  startsWith(prefix: LiteralValue): Condition<"open"> {
    return new Condition(`${this.expression}.startsWith(${celString(prefix)})`, "open");
  }

  isPresent(): Condition<"open"> {
    return new Condition(`has(${this.expression})`, "open");
  }
}

/** A claim whose value is true or false. */
class FlagClaim {
  constructor(readonly expression: string) {}

  is(value: boolean): Condition<"open"> {
    return new Condition(`${this.expression} == ${value}`, "open");
  }

  isPresent(): Condition<"open"> {
    return new Condition(`has(${this.expression})`, "open");
  }
}

/** A claim whose value is a list of strings. */
class ListClaim {
  constructor(readonly expression: string) {}

  includes(value: LiteralValue): Condition<"open"> {
    return new Condition(`${celString(value)} in ${this.expression}`, "open");
  }

  isPresent(): Condition<"open"> {
    return new Condition(`has(${this.expression})`, "open");
  }
}

/** `identity`: a string that names an identity for ever; `text`: any other string. */
export type ClaimKind = "identity" | "text" | "flag" | "list";
type ClaimOf<K extends ClaimKind> = {
  identity: TextClaim<"pinned">;
  text: TextClaim<"open">;
  flag: FlagClaim;
  list: ListClaim;
}[K];

const makers: { readonly [K in ClaimKind]: (expression: string) => ClaimOf<K> } = {
  identity: (expression) => new TextClaim(expression, "pinned"),
  text: (expression) => new TextClaim(expression, "open"),
  flag: (expression) => new FlagClaim(expression),
  list: (expression) => new ListClaim(expression),
};

const claimOf = <K extends ClaimKind>(kind: K, name: string): ClaimOf<K> => makers[kind](`assertion.${name}`);

/** The claims of an issuer's tokens, each with the comparisons that its kind allows. */
export type Claims<S extends Readonly<Record<string, ClaimKind>>> = { readonly [N in keyof S]: ClaimOf<S[N]> };

/**
 * Declares the claims of an issuer's tokens, by name and kind.
 *
 * @example const claims = claimsOf({ repository_id: "identity", ref: "text" });
 *          allOf(claims.repository_id.is("712345678"), claims.ref.startsWith("refs/heads/"))
 */
export function claimsOf<const S extends Readonly<Record<string, ClaimKind>>>(kinds: S): Claims<S> {
  return Object.fromEntries(Object.entries(kinds).map(([name, kind]) => [name, claimOf(kind, name)])) as Claims<S>;
}
