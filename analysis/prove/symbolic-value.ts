import { and, choose, no, not, or, type Term, yes } from "./term";

/**
 * What a CEL expression may give, over all tokens at once: alternatives that exclude one another, each under a condition.
 * Where none of the conditions holds, the expression errs; so an error can never pass for a value.
 */
export type SymbolicValue = readonly Alternative[];

export interface Alternative {
  readonly when: Term<"Bool">;
  readonly content: Content;
}

export type Content =
  | { readonly kind: "text"; readonly value: Term<"String"> }
  | { readonly kind: "flag"; readonly value: Term<"Bool"> }
  | { readonly kind: "number"; readonly value: Term<"Real"> }
  | { readonly kind: "null" }
  | { readonly kind: "list"; readonly list: SymbolicList }
  | { readonly kind: "record"; readonly record: SymbolicRecord }
  /** A list or a map of which nothing else is known. */
  | { readonly kind: "opaque" };

/** A list of at most as many elements as are here; those from `length` on are not part of it. */
export interface SymbolicList {
  readonly length: Term<"Int">;
  readonly elements: readonly SymbolicValue[];
  /** The elements here stand for all that matter of a longer list; each use has to be announced. */
  readonly source?: ListSource;
}

export interface ListSource {
  /** One more use that a single element can witness. */
  witness(): void;
  /** The first `count` elements are looked at by position, or the length is compared with `count`. */
  prefix(count: number): void;
}

export interface SymbolicRecord {
  has(key: string): Term<"Bool">;
  get(key: string): SymbolicValue;
  /** The keys, where they are all known. */
  readonly keys?: readonly string[];
}

/** Never a value. */
export const error: SymbolicValue = [];
export const certain = (content: Content): SymbolicValue => [{ when: yes, content }];
export const textValue = (value: Term<"String">): SymbolicValue => certain({ kind: "text", value });
export const flagValue = (value: Term<"Bool">): SymbolicValue => certain({ kind: "flag", value });
export const numberValue = (value: Term<"Real">): SymbolicValue => certain({ kind: "number", value });

/** When the expression gives a value at all. */
export const succeeds = (value: SymbolicValue): Term<"Bool"> => or(...value.map(({ when }) => when));

/** The value where a condition holds, and an error elsewhere. */
export const given = (condition: Term<"Bool">, value: SymbolicValue): SymbolicValue =>
  joined(value.map(({ when, content }) => ({ when: and(condition, when), content })));

/** Alternatives put together; those that exclude one another before do so after. Texts, flags and numbers become one. */
export function joined(alternatives: readonly Alternative[]): SymbolicValue {
  const result: Alternative[] = [];
  for (const alternative of alternatives) {
    if (alternative.when === no) continue;
    const index = result.findIndex(({ content }) => content.kind === alternative.content.kind);
    const present = result[index];
    const content = present && merged(present.when, present.content, alternative.content);
    if (present === undefined || content === undefined) result.push(alternative);
    else result[index] = { when: or(present.when, alternative.when), content };
  }
  return result;
}

/** The first content where its condition holds, else the second; undefined for contents that stay apart. */
function merged(when: Term<"Bool">, first: Content, second: Content): Content | undefined {
  if (first.kind === "text" && second.kind === "text")
    return { kind: "text", value: choose(when, first.value, second.value) };
  if (first.kind === "flag" && second.kind === "flag")
    return { kind: "flag", value: choose(when, first.value, second.value) };
  if (first.kind === "number" && second.kind === "number")
    return { kind: "number", value: choose(when, first.value, second.value) };
  if ((first.kind === "null" && second.kind === "null") || (first.kind === "opaque" && second.kind === "opaque"))
    return first;
  return undefined;
}

/** One of two values by a condition. */
export const either = (condition: Term<"Bool">, then: SymbolicValue, otherwise: SymbolicValue): SymbolicValue =>
  joined([
    ...then.map(({ when, content }) => ({ when: and(condition, when), content })),
    ...otherwise.map(({ when, content }) => ({ when: and(not(condition), when), content })),
  ]);

/** What a function makes of each alternative; an error stays one. */
export const mapped = (value: SymbolicValue, make: (content: Content) => SymbolicValue): SymbolicValue =>
  joined(
    value.flatMap(({ when, content }) =>
      make(content).map((made) => ({ when: and(when, made.when), content: made.content })),
    ),
  );

/** What a function makes of each pair of alternatives. */
export const mappedPair = (
  left: SymbolicValue,
  right: SymbolicValue,
  make: (left: Content, right: Content) => SymbolicValue,
): SymbolicValue => mapped(left, (first) => mapped(right, (second) => make(first, second)));

/** The value as a truth value: true, and false; neither where it errs or is something else. */
export function truthOf(value: SymbolicValue): { readonly isTrue: Term<"Bool">; readonly isFalse: Term<"Bool"> } {
  const flags = value.flatMap(({ when, content }) => (content.kind === "flag" ? [{ when, value: content.value }] : []));
  return {
    isTrue: or(...flags.map((flag) => and(flag.when, flag.value))),
    isFalse: or(...flags.map((flag) => and(flag.when, not(flag.value)))),
  };
}

/** The value as a text: when it is one, and which. */
export function textOf(
  value: SymbolicValue,
): { readonly when: Term<"Bool">; readonly value: Term<"String"> } | undefined {
  for (const { when, content } of value) if (content.kind === "text") return { when, value: content.value };
  return undefined;
}
