import { ClaimValueError } from "./cel-literal";

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
}

/**
 * An attribute condition of a provider. Made by the claims of an issuer and by `allOf`, `anyOf` and `not`; there is no
 * other way but `unsafeCondition`. The type tells whether it pins an immutable identity.
 */
export class Condition<P extends Pin = Pin> {
  /** The condition in plain words, with values quoted as in CEL. */
  readonly words: string;
  readonly #shape: Shape;
  readonly #pins: Pins;

  constructor(
    /** CEL, with Terraform references where a value is computed. */
    readonly expression: string,
    readonly pin: P,
    { words, shape = "operand", pins = new Set() }: Parts,
  ) {
    this.words = words;
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

/**
 * Holds when all hold; pinned when one of them is.
 *
 * @throws ClaimValueError for no condition
 */
export function allOf<C extends Conditions>(...conditions: C): Condition<PinOfAll<C>> {
  requireConditions(conditions);
  const pin = conditions.some((condition) => condition.pin === "pinned") ? "pinned" : "open";
  const pins = conditions.map((condition) => condition.pinnedClaims).reduce(union);
  return joined(conditions, "and", pin as PinOfAll<C>, pins);
}

/**
 * Holds when one holds; pinned when every one is.
 *
 * @throws ClaimValueError for no condition
 */
export function anyOf<C extends Conditions>(...conditions: C): Condition<PinOfAny<C>> {
  requireConditions(conditions);
  const pin = conditions.every((condition) => condition.pin === "pinned") ? "pinned" : "open";
  const pins = conditions.map((condition) => condition.pinnedClaims).reduce(intersection);
  return joined(conditions, "or", pin as PinOfAny<C>, pins);
}

/** Holds when the other does not; never pinned, as it holds for everyone else. */
export const not = (condition: Condition): Condition<"open"> =>
  new Condition(`!(${condition.expression})`, "open", {
    words: `not (${condition.words})`,
  });

/**
 * CEL as written, for what the builder cannot say. Nothing is quoted, and whoever calls it vouches that it
 * pins an immutable identity, and the owner where the issuer has many. Only that it stays one operand is checked.
 *
 * @throws ClaimValueError for an empty text, and for brackets or quotes that do not match
 */
export function unsafeCondition(expression: string): PinnedCondition {
  if (!isOneOperand(expression)) throw new ClaimValueError("expected an expression whose brackets and quotes match");
  return new Condition(`(${expression})`, "pinned", {
    words: `the unchecked expression (${expression}) holds`,
    pins: "vouched",
  });
}

/** Whether nothing in the text can close the bracket that is put around it: outside its literals each bracket is closed. */
function isOneOperand(expression: string): boolean {
  const rest = expression.replaceAll(/'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, "0");
  if (rest.trim() === "" || /['"\\]|\/\//.test(rest)) return false;
  const closing: string[] = [];
  for (const character of rest) {
    const expected = pairs[character];
    if (expected !== undefined) closing.push(expected);
    else if (/[)\]}]/.test(character) && closing.pop() !== character) return false;
  }
  return closing.length === 0;
}

const pairs: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

/** @throws ClaimValueError for none, as where a list that was spread is empty: of nothing all would hold */
function requireConditions(conditions: readonly Condition[]): void {
  const areSome = conditions.length > 0 && conditions.every((one) => one instanceof Condition);
  if (!areSome) throw new ClaimValueError("expected at least one condition, and conditions only");
}

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
  });
}
