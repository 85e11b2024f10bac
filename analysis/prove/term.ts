import type { Machine } from "./strings/machine";

/**
 * Terms of SMT-LIB 2.6, simplified as they are made, and the script in which they are handed to a solver. Terms are bare
 * data and share what they have in common; nothing outlives whoever holds them.
 */
export type Sort = "Bool" | "String" | "Int" | "Real" | "RegLan" | "Kind";

export interface Term<S extends Sort = Sort> {
  readonly sort: S;
  /** Text of an atom, or the operator that stands before the arguments. */
  readonly text: string;
  readonly args: readonly Term[];
  /** Value of a literal. */
  readonly literal?: boolean | string | number;
  /** Whether the text is a name that has to be declared. */
  readonly variable?: true;
  /** Characters that a text is known not to hold. */
  readonly lacks?: string;
  /** What tells whether a text is of a regular language. */
  readonly machine?: Machine;
  /** Where the machine says that it has come to, for a statement that a text drives it there. */
  readonly drivenTo?: string;
}

/** What a solver cannot be asked: a character beyond those that SMT-LIB knows. */
export class InexpressibleError extends Error {
  override readonly name = "InexpressibleError";
}

const atom = <S extends Sort>(sort: S, text: string, literal: boolean | string | number): Term<S> => ({
  sort,
  text,
  args: [],
  literal,
});

export const yes: Term<"Bool"> = atom("Bool", "true", true);
export const no: Term<"Bool"> = atom("Bool", "false", false);
export const boolean = (value: boolean): Term<"Bool"> => (value ? yes : no);
export const integer = (value: number): Term<"Int"> => atom("Int", signed(value, String), value);
/** @param value finite */
export const real = (value: number): Term<"Real"> => atom("Real", signed(value, decimal), value);
export const text = (value: string): Term<"String"> => atom("String", quoted(value), value);
export const variable = <S extends Sort>(sort: S, name: string): Term<S> => ({
  sort,
  text: name,
  args: [],
  variable: true,
});
export const apply = <S extends Sort>(sort: S, operator: string, ...args: readonly Term[]): Term<S> => ({
  sort,
  text: operator,
  args,
});

const signed = (value: number, write: (value: number) => string): string =>
  value < 0 ? `(- ${write(-value)})` : write(value);

/** Exact: a double is a fraction whose denominator is a power of two. */
function decimal(value: number): string {
  let denominator = 1n;
  let numerator = value;
  while (!Number.isInteger(numerator)) {
    numerator *= 2;
    denominator *= 2n;
  }
  return denominator === 1n ? `${BigInt(numerator)}.0` : `(/ ${BigInt(numerator)}.0 ${denominator}.0)`;
}

/** Highest character of SMT-LIB's strings. */
const lastCharacter = 0x2ffff;

function quoted(value: string): string {
  let written = "";
  for (const character of value) {
    const point = character.codePointAt(0) ?? 0;
    if (point > lastCharacter) throw new InexpressibleError("it holds a character beyond U+2FFFF");
    if (character === '"') written += '""';
    else if (point < 0x20 || point > 0x7e || character === "\\") written += `\\u{${point.toString(16)}}`;
    else written += character;
  }
  return `"${written}"`;
}

export function not(term: Term<"Bool">): Term<"Bool"> {
  if (term.literal !== undefined) return boolean(term.literal === false);
  const [inner] = term.args;
  return term.text === "not" && isBool(inner) ? inner : apply("Bool", "not", term);
}

export const and = (...terms: readonly Term<"Bool">[]): Term<"Bool"> => connective("and", terms, yes, no);
export const or = (...terms: readonly Term<"Bool">[]): Term<"Bool"> => connective("or", terms, no, yes);
export const implies = (premise: Term<"Bool">, conclusion: Term<"Bool">): Term<"Bool"> => or(not(premise), conclusion);

/** Longer connectives stay terms of their own, so that building one on the other does not copy them each time. */
const flattenedLimit = 16;

function connective(
  operator: "and" | "or",
  terms: readonly Term<"Bool">[],
  neutral: Term<"Bool">,
  absorbing: Term<"Bool">,
): Term<"Bool"> {
  const operands = new Set<Term<"Bool">>();
  const negated = new Set<Term>();
  const add = (term: Term<"Bool">): boolean => {
    if (term.literal !== undefined) return term.literal === absorbing.literal;
    if (term.text === operator && term.args.length <= flattenedLimit)
      return term.args.some((argument) => isBool(argument) && add(argument));
    operands.add(term);
    if (term.text === "not" && term.args[0] !== undefined) negated.add(term.args[0]);
    return false;
  };
  if (terms.some(add)) return absorbing;
  const [first, ...others] = operands;
  if (first === undefined) return neutral;
  if (others.length === 0) return first;
  for (const operand of operands) if (negated.has(operand)) return absorbing;
  return apply("Bool", operator, ...operands);
}

export function equal<S extends Sort>(left: Term<S>, right: Term<S>): Term<"Bool"> {
  if (left === right) return yes;
  if (left.literal !== undefined && right.literal !== undefined) return boolean(left.literal === right.literal);
  if (isBool(left) && isBool(right)) {
    if (left.literal !== undefined) return left.literal === true ? right : not(right);
    if (right.literal !== undefined) return right.literal === true ? left : not(left);
  }
  return apply("Bool", "=", left, right);
}

export function choose<S extends Sort>(condition: Term<"Bool">, then: Term<S>, otherwise: Term<S>): Term<S> {
  if (condition.literal !== undefined) return condition.literal === true ? then : otherwise;
  if (then === otherwise) return then;
  return apply(then.sort, "ite", condition, then, otherwise);
}

/** Of numbers; a comparison of literals is decided at once. */
export function compare(operator: "<" | "<=" | ">" | ">=", left: Term<"Int" | "Real">, right: Term<"Int" | "Real">) {
  const { literal: a } = left;
  const { literal: b } = right;
  if (typeof a === "number" && typeof b === "number") {
    return boolean(operator === "<" ? a < b : operator === "<=" ? a <= b : operator === ">" ? a > b : a >= b);
  }
  return apply("Bool", operator, left, right);
}

export function sum(terms: readonly Term<"Int">[]): Term<"Int"> {
  const known = terms.reduce((total, { literal }) => (typeof literal === "number" ? total + literal : total), 0);
  const open = terms.filter(({ literal }) => literal === undefined);
  if (open.length === 0) return integer(known);
  return known === 0 && open.length === 1 && open[0] ? open[0] : apply("Int", "+", integer(known), ...open);
}

const isBool = (term: Term | undefined): term is Term<"Bool"> => term?.sort === "Bool";

/** The script that asks whether all assertions can hold at once; every shared term is written once. */
export function scriptOf(assertions: readonly Term<"Bool">[], values: readonly Term[]): string {
  const lines: string[] = [];
  const names = new Map<Term, string>();
  const declared = new Set<string>();
  const write = (term: Term): string => {
    if (term.args.length === 0) {
      if (term.variable && !declared.has(term.text)) {
        declared.add(term.text);
        lines.push(`(declare-const ${term.text} ${term.sort})`);
      }
      return term.text;
    }
    const known = names.get(term);
    if (known !== undefined) return known;
    const written = `(${term.text} ${term.args.map(write).join(" ")})`;
    const name = `t${names.size}`;
    names.set(term, name);
    lines.push(`(define-fun ${name} () ${term.sort} ${written})`);
    return name;
  };
  const asserted = assertions.map((assertion) => `(assert ${write(assertion)})`);
  const asked = values.map(write);
  const valuesOf = asked.length === 0 ? [] : [`(get-value (${asked.join(" ")}))`];
  return [...lines, ...asserted, "(check-sat)", ...valuesOf].join("\n");
}
