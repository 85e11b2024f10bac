import type { Term } from "../term";
import { isText } from "../text-terms";
import { beginsWith, endsWith, holds, longerThan, type Machine, ofPartBetween, oneOf, surrounded } from "./machine";

/** A statement about one text variable alone. */
export interface UnaryAtom {
  readonly variable: Term<"String">;
  /** Says that it holds. */
  readonly machine: Machine;
  /** The literal that the variable has to be, where the statement says just that. */
  readonly literal?: string;
}

/** What a statement about texts is about: one variable, two that are equal, or more than is told apart here. */
export type TextAtom =
  | ({ readonly kind: "unary" } & UnaryAtom)
  | { readonly kind: "equal"; readonly left: Term<"String">; readonly right: Term<"String"> }
  | { readonly kind: "other"; readonly variables: readonly Term<"String">[] };

const literalOf = (term: Term | undefined): string | undefined =>
  typeof term?.literal === "string" ? term.literal : undefined;

/** The statement about texts that a Boolean term makes; undefined for one that is about something else. */
export function textAtom(atom: Term<"Bool">): TextAtom | undefined {
  if (atom.text === "and" || atom.text === "or" || atom.text === "not" || atom.text === "ite") return undefined;
  const variables = variablesIn(atom);
  if (variables.length === 0) return undefined;
  const unary = unaryAtom(atom);
  if (unary !== undefined) return { kind: "unary", ...unary };
  const [left, right] = atom.args;
  if (atom.text === "=" && left?.variable && right?.variable && isText(left) && isText(right))
    return { kind: "equal", left, right };
  return { kind: "other", variables };
}

function unaryAtom(atom: Term<"Bool">): UnaryAtom | undefined {
  const [first, second] = atom.args;
  switch (atom.text) {
    case "=": {
      const literal = literalOf(first) ?? literalOf(second);
      const of = literalOf(first) === undefined ? first : second;
      if (literal === undefined || of === undefined) return undefined;
      const lifted = lift(of, oneOf([literal]));
      return lifted && { ...lifted, ...(of.variable ? { literal } : {}) };
    }
    case "str.prefixof":
      return about(second, first, beginsWith);
    case "str.suffixof":
      return about(second, first, endsWith);
    case "str.contains":
      return about(first, second, holds);
    case "str.in_re":
      return second?.machine && lift(first, second.machine);
    case ">": {
      const measured = first?.text === "str.len" ? first.args[0] : undefined;
      return typeof second?.literal === "number" && second.literal <= longestCounted
        ? lift(measured, longerThan(second.literal))
        : undefined;
    }
    default:
      return undefined;
  }
}

/** Longest length that is counted character by character. */
const longestCounted = 300;

function about(
  of: Term | undefined,
  literal: Term | undefined,
  make: (literal: string) => Machine,
): UnaryAtom | undefined {
  const written = literalOf(literal);
  return written === undefined ? undefined : lift(of, make(written));
}

/** The statement about the only variable of a text in place of the text. */
function lift(whole: Term | undefined, machine: Machine): UnaryAtom | undefined {
  if (whole === undefined || !isText(whole)) return undefined;
  if (whole.variable) return { variable: whole, machine };
  if (whole.text === "str.++") {
    const open = whole.args.findIndex((part) => part.literal === undefined);
    const others = whole.args.filter((_, index) => index !== open);
    if (others.some((part) => part.literal === undefined)) return undefined;
    const written = (parts: readonly Term[]) => parts.map((part) => literalOf(part) ?? "").join("");
    const [before, after] = [written(whole.args.slice(0, open)), written(whole.args.slice(open + 1))];
    return lift(whole.args[open], surrounded(before, after, machine));
  }
  const [inner, prefix, suffix] = whole.args;
  const [from, to] = [literalOf(prefix), literalOf(suffix)];
  if (whole.text !== "between" || from === undefined || to === undefined) return undefined;
  return lift(inner, ofPartBetween(from, to, machine));
}

/** The text variables of a term, each once. */
export function variablesIn(term: Term): readonly Term<"String">[] {
  const found = new Map<string, Term<"String">>();
  const seen = new Set<Term>();
  const visit = (part: Term): void => {
    if (seen.has(part)) return;
    seen.add(part);
    if (part.variable && isText(part)) found.set(part.text, part);
    part.args.forEach(visit);
  };
  visit(term);
  return [...found.values()];
}
