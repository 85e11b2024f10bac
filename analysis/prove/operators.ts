import {
  type Content,
  error,
  flagValue,
  mapped,
  mappedPair,
  type SymbolicList,
  type SymbolicValue,
  truthOf,
} from "./symbolic-value";
import { and, compare, equal, integer, no, not, or, type Term, yes } from "./term";
import { sameText } from "./text-terms";
import type { Universe } from "./universe";

/** Operators of CEL on symbolic values, with its rules for errors. Source: github.com/google/cel-spec/blob/master/doc/langdef.md. */

/** False where either is false, whatever the other does; true where both are true; else an error. */
export function conjunction(left: SymbolicValue, right: SymbolicValue): SymbolicValue {
  const [a, b] = [truthOf(left), truthOf(right)];
  return truthValue(and(a.isTrue, b.isTrue), or(a.isFalse, b.isFalse));
}

/** True where either is true, whatever the other does; false where both are false; else an error. */
export function disjunction(left: SymbolicValue, right: SymbolicValue): SymbolicValue {
  const [a, b] = [truthOf(left), truthOf(right)];
  return truthValue(or(a.isTrue, b.isTrue), and(a.isFalse, b.isFalse));
}

/** @param isFalse excludes `isTrue`; an error where neither holds */
export function truthValue(isTrue: Term<"Bool">, isFalse: Term<"Bool">): SymbolicValue {
  const when = or(isTrue, isFalse);
  return when === no ? error : [{ when, content: { kind: "flag", value: isTrue } }];
}

export function negation(value: SymbolicValue): SymbolicValue {
  const { isTrue, isFalse } = truthOf(value);
  return truthValue(isFalse, isTrue);
}

export const equality = (universe: Universe, left: SymbolicValue, right: SymbolicValue): SymbolicValue =>
  mappedPair(left, right, (a, b) => contentEquality(universe, a, b));

function contentEquality(universe: Universe, left: Content, right: Content): SymbolicValue {
  if (left.kind === "text" && right.kind === "text") return flagValue(sameText(left.value, right.value));
  if (left.kind === "flag" && right.kind === "flag") return flagValue(equal(left.value, right.value));
  if (left.kind === "number" && right.kind === "number") return flagValue(equal(left.value, right.value));
  if (left.kind === "null" && right.kind === "null") return flagValue(yes);
  if (left.kind === "list" && right.kind === "list") return listEquality(universe, left.list, right.list);
  const composite = (content: Content) => ["list", "record", "opaque"].includes(content.kind);
  if (composite(left) && composite(right) && (left.kind === right.kind || [left, right].some(isOpaque)))
    return universe.anyFlag("maps and lists compared as wholes", true);
  return flagValue(no);
}

const isOpaque = ({ kind }: Content): boolean => kind === "opaque";

function listEquality(universe: Universe, left: SymbolicList, right: SymbolicList): SymbolicValue {
  const [stated, other] = left.source === undefined ? [left, right] : [right, left];
  if (stated.source !== undefined || typeof stated.length.literal !== "number")
    return universe.anyFlag("lists compared as wholes", true);
  const { literal: count } = stated.length;
  other.source?.prefix(count + 1);
  const same = stated.elements.slice(0, count).map((element, index) => {
    const opposite = other.elements[index];
    return opposite === undefined ? no : truthOf(equality(universe, element, opposite)).isTrue;
  });
  return flagValue(and(equal(other.length, stated.length), ...same));
}

/** Whether an element of the list equals a value. */
export function member(universe: Universe, needle: SymbolicValue, list: SymbolicList): SymbolicValue {
  list.source?.witness();
  return mapped(needle, (content) =>
    flagValue(
      or(
        ...list.elements.map((element, index) =>
          and(within(list, index), truthOf(equality(universe, [{ when: yes, content }], element)).isTrue),
        ),
      ),
    ),
  );
}

export const within = (list: SymbolicList, index: number): Term<"Bool"> => compare("<", integer(index), list.length);

/** Order of numbers; of anything else only whether it errs. */
export function ordering(
  universe: Universe,
  operator: "<" | "<=" | ">" | ">=",
  left: SymbolicValue,
  right: SymbolicValue,
): SymbolicValue {
  return mappedPair(left, right, (a, b) => {
    if (a.kind === "number" && b.kind === "number") return flagValue(compare(operator, a.value, b.value));
    if ((a.kind === "text" && b.kind === "text") || (a.kind === "flag" && b.kind === "flag"))
      return universe.anyFlag(`an order of ${a.kind === "text" ? "texts" : "truth values"}`, true);
    return error;
  });
}

/** Of the values that a predicate has for the elements of a list. */
export function quantified(kind: "exists" | "all" | "exists_one", values: readonly PredicateValue[]): SymbolicValue {
  const isTrue = values.map(({ active, value }) => and(active, truthOf(value).isTrue));
  const isFalse = values.map(({ active, value }) => and(active, truthOf(value).isFalse));
  const everyTrue = and(...values.map(({ active }, index) => or(not(active), isTrue[index] ?? no)));
  const everyFalse = and(...values.map(({ active }, index) => or(not(active), isFalse[index] ?? no)));
  if (kind === "exists") return truthValue(or(...isTrue), everyFalse);
  if (kind === "all") return truthValue(everyTrue, or(...isFalse));
  const decided = and(...values.map(({ active }, index) => or(not(active), isTrue[index] ?? no, isFalse[index] ?? no)));
  const two = or(...isTrue.flatMap((first, index) => isTrue.slice(index + 1).map((second) => and(first, second))));
  const one = and(or(...isTrue), not(two));
  return truthValue(and(decided, one), and(decided, not(one)));
}

export interface PredicateValue {
  /** Whether the list has this element. */
  readonly active: Term<"Bool">;
  readonly value: SymbolicValue;
}
