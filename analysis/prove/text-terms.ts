import { partBetween } from "../cel/extract";
import { and, apply, boolean, choose, equal, integer, type Term, text } from "./term";

/** Functions on strings; decided at once where all is literal. Lengths and positions count characters, as CEL's do. */

type Text = Term<"String">;
type Truth = Term<"Bool">;

const literalOf = (term: Text): string | undefined => (typeof term.literal === "string" ? term.literal : undefined);

/** Most texts that a choice between texts is spread into. */
const choiceLimit = 64;

export function concat(...parts: readonly Text[]): Text {
  const chosen = parts.findIndex(({ text: operator }) => operator === "ite");
  const choice = parts[chosen];
  if (choice !== undefined && parts.reduce((count, part) => count * choices(part), 1) <= choiceLimit)
    return eachChoice(choice, (one) => concat(...parts.slice(0, chosen), one, ...parts.slice(chosen + 1)));
  const joined: Text[] = [];
  for (const part of parts.flatMap(partsOf)) {
    const last = joined.at(-1);
    const [before, own] = [last && literalOf(last), literalOf(part)];
    if (own === "") continue;
    if (before !== undefined && own !== undefined) joined.splice(-1, 1, text(before + own));
    else joined.push(part);
  }
  const [first, ...others] = joined;
  if (first === undefined) return text("");
  return others.length === 0 ? first : apply("String", "str.++", ...joined);
}

const counted = new WeakMap<Term, number>();

/** How many texts a text is chosen from. */
function choices(whole: Text): number {
  if (whole.text !== "ite") return 1;
  const known = counted.get(whole);
  if (known !== undefined) return known;
  const count = whole.args.reduce((sum, part) => sum + (isText(part) ? choices(part) : 0), 0);
  counted.set(whole, count);
  return count;
}

export const isText = (term: Term): term is Text => term.sort === "String";

type Test = (whole: Text, part: Text) => Truth;

/** Decided where both are literal; a choice of texts is a choice of answers. */
const tested =
  (decide: (whole: string, part: string) => boolean, ask: Test): Test =>
  (whole, part) => {
    const [a, b] = [literalOf(whole), literalOf(part)];
    if (b === "") return boolean(true);
    if (a !== undefined && b !== undefined) return boolean(decide(a, b));
    return eachChoice(whole, (text) => (text === whole ? ask(text, part) : tested(decide, ask)(text, part)));
  };

/** The function of a text that is chosen by conditions: chosen by the same, where the choice is not too wide. */
function eachChoice<S extends "Bool" | "String">(whole: Text, make: (text: Text) => Term<S>): Term<S> {
  if (choices(whole) > choiceLimit) return make(whole);
  const [condition, then, otherwise] = whole.args;
  if (whole.text !== "ite" || condition?.sort !== "Bool" || !then || !isText(then) || !otherwise || !isText(otherwise))
    return make(whole);
  return choose(isTruth(condition) ? condition : boolean(true), eachChoice(then, make), eachChoice(otherwise, make));
}

const isTruth = (term: Term): term is Truth => term.sort === "Bool";

export const startsWith: Test = tested(
  (a, b) => a.startsWith(b),
  (whole, prefix) => {
    const expected = literalOf(prefix);
    return expected === undefined ? apply("Bool", "str.prefixof", prefix, whole) : beginning(partsOf(whole), expected);
  },
);

/** Whether what the parts make begins with a literal. */
function beginning(parts: readonly Text[], expected: string): Truth {
  if (expected === "") return boolean(true);
  const [head, ...rest] = parts;
  const literal = head && literalOf(head);
  if (literal !== undefined) {
    if (literal.startsWith(expected)) return boolean(true);
    return expected.startsWith(literal) ? beginning(rest, expected.slice(literal.length)) : boolean(false);
  }
  const stop = end(parts, expected);
  if (head === undefined || stop === undefined) return apply("Bool", "str.prefixof", text(expected), concat(...parts));
  // Either the literal ends within the head, or the head ends where its next part begins.
  if (stop === -1) return apply("Bool", "str.prefixof", text(expected), concat(...parts));
  return and(equal(head, text(expected.slice(0, stop))), beginning(rest, expected.slice(stop)));
}

/**
 * Where in a literal the first part has to end: at the first character that it cannot hold and with which the next part
 * begins; -1 where the literal has no such character, undefined where the parts do not tell.
 */
function end([head, next]: readonly Text[], expected: string): number | undefined {
  const separator = next && literalOf(next)?.charAt(0);
  if (!head || !separator || !(head.lacks ?? "").includes(separator)) return undefined;
  return expected.indexOf(separator);
}

export const endsWith: Test = tested(
  (a, b) => a.endsWith(b),
  (whole, suffix) => apply("Bool", "str.suffixof", suffix, whole),
);
export const contains: Test = tested(
  (a, b) => a.includes(b),
  (whole, part) => {
    const sought = literalOf(part);
    if (sought !== undefined && partsOf(whole).some((piece) => literalOf(piece)?.includes(sought)))
      return boolean(true);
    if (sought?.length === 1 && partsOf(whole).every((piece) => isFreeOf(piece, sought))) return boolean(false);
    return apply("Bool", "str.contains", whole, part);
  },
);

/** What is put together to make a text. */
export const partsOf = (whole: Text): readonly Text[] =>
  whole.text === "str.++" ? whole.args.filter(isText) : [whole];

/** Variables and literals that a text is made of, however. */
export function leavesOf(whole: Text): readonly Text[] {
  const leaves = new Set<Text>();
  const seen = new Set<Term>();
  const visit = (part: Text): void => {
    if (seen.has(part)) return;
    seen.add(part);
    if (part.args.length === 0) leaves.add(part);
    else part.args.filter(isText).forEach(visit);
  };
  visit(whole);
  return [...leaves];
}

/** Whether a text is known not to hold a character. */
const isFreeOf = (part: Text, character: string): boolean =>
  part.literal === undefined ? (part.lacks ?? "").includes(character) : !literalOf(part)?.includes(character);

/** Whether a text has more characters than so many. */
export const isLonger = (whole: Text, count: number): Truth =>
  eachChoice(whole, (chosen) => {
    const literal = literalOf(chosen);
    if (literal !== undefined) return boolean([...literal].length > count);
    const written = partsOf(chosen).reduce((sum, part) => sum + [...(literalOf(part) ?? "")].length, 0);
    const open = partsOf(chosen).filter((part) => part.literal === undefined);
    if (written > count) return boolean(true);
    return apply("Bool", ">", apply("Int", "str.len", concat(...open)), integer(count - written));
  });

/** Characters of a text. */
export function lengthOf(term: Text): Term<"Int"> {
  const literal = literalOf(term);
  return literal === undefined ? apply("Int", "str.len", term) : integer([...literal].length);
}

export const inLanguage = (whole: Text, language: Term<"RegLan">): Truth =>
  eachChoice(whole, (chosen) => apply("Bool", "str.in_re", chosen, language));

/** What stands before and after the first occurrence of a literal, and whether there is one. */
interface Cut {
  readonly found: Truth;
  readonly before: Text;
  readonly after: Text;
}

/** @returns undefined where the parts do not tell */
function cutAt(whole: Text, separator: string): Cut | undefined {
  const parts = partsOf(whole);
  for (const [index, part] of parts.entries()) {
    const literal = literalOf(part);
    const at = literal?.indexOf(separator) ?? -1;
    // Before a literal that begins the whole, or a single character, nothing else can have been found.
    if (literal !== undefined && at !== -1 && (index === 0 || separator.length === 1)) {
      const before = concat(...parts.slice(0, index), text(literal.slice(0, at)));
      const after = concat(text(literal.slice(at + separator.length)), ...parts.slice(index + 1));
      return { found: boolean(true), before, after };
    }
    if (separator.length > 1 ? parts.length > 1 || literal === undefined : !isFreeOf(part, separator)) return undefined;
  }
  return { found: boolean(false), before: whole, after: text("") };
}

/** What stands between the first prefix and the first suffix after it, as `extract()` gives it; empty without them. */
export function between(whole: Text, prefix: string, suffix: string): Text {
  return eachChoice(whole, (chosen) => {
    if (prefix === "" && suffix === "") return chosen;
    const literal = literalOf(chosen);
    if (literal !== undefined) return text(partBetween(literal, prefix, suffix));
    const unresolved = apply("String", "between", chosen, text(prefix), text(suffix));
    const head = prefix === "" ? { found: boolean(true), after: chosen } : cutAt(chosen, prefix);
    if (head === undefined) return unresolved;
    if (suffix === "") return choose(head.found, head.after, text(""));
    const tail = cutAt(head.after, suffix);
    if (tail === undefined)
      return head.found.literal === true ? apply("String", "between", head.after, text(""), text(suffix)) : unresolved;
    return choose(and(head.found, tail.found), tail.before, text(""));
  });
}

/** `between`, for a solver that is to reason about texts itself. */
export const betweenDefinition = [
  "(define-fun between ((whole String) (prefix String) (suffix String)) String",
  "  (let ((at (str.indexof whole prefix 0)))",
  "  (let ((start (+ at (str.len prefix))))",
  '  (let ((end (ite (= suffix "") (str.len whole) (str.indexof whole suffix start))))',
  '  (ite (or (< at 0) (< end 0)) "" (str.substr whole start (- end start)))))))',
].join("\n");

/** One of the pieces that a separator cuts a text into, and whether there are so many. */
export function piece(
  whole: Text,
  separator: string,
  index: number,
): { readonly present: Truth; readonly value: Text } {
  let present: Truth = boolean(true);
  let rest = whole;
  for (let skipped = 0; skipped < index; skipped += 1) {
    present = and(present, contains(rest, text(separator)));
    rest = between(rest, separator, "");
  }
  const more = contains(rest, text(separator));
  return { present, value: choose(more, between(rest, "", separator), rest) };
}

export function sameText(left: Text, right: Text): Truth {
  if (left === right) return boolean(true);
  if (choices(left) * choices(right) > choiceLimit) return equal(left, right);
  return eachChoice(left, (one) => eachChoice(right, (other) => sameParts(one, other)));
}

function sameParts(left: Text, right: Text): Truth {
  const [a, b] = [literalOf(left), literalOf(right)];
  if (a === undefined && b !== undefined) return made(partsOf(left), b);
  if (b === undefined && a !== undefined) return made(partsOf(right), a);
  return equal(left, right);
}

/** Whether the parts make a literal. */
function made(parts: readonly Text[], expected: string): Truth {
  const [head, ...rest] = parts;
  if (head === undefined) return boolean(expected === "");
  if (rest.length === 0) return equal(head, text(expected));
  const [first, last] = [literalOf(head), literalOf(parts.at(-1) ?? head)];
  if (first !== undefined)
    return expected.startsWith(first) ? made(rest, expected.slice(first.length)) : boolean(false);
  if (last !== undefined)
    return expected.endsWith(last)
      ? made(parts.slice(0, -1), expected.slice(0, expected.length - last.length))
      : boolean(false);
  const stop = end(parts, expected);
  if (stop === undefined) return equal(concat(...parts), text(expected));
  return stop === -1
    ? boolean(false)
    : and(equal(head, text(expected.slice(0, stop))), made(rest, expected.slice(stop)));
}
