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
export class Condition<P extends Pin = Pin> {
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
