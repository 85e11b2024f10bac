import type { Term } from "../term";
import { isText } from "../text-terms";
import {
  accepted,
  beginsWith,
  endsWith,
  holds,
  longerThan,
  type Machine,
  ofPartBetween,
  oneOf,
  surrounded,
} from "./machine";
import { splitBetween } from "./split";

/** A statement about one text variable alone. */
export interface UnaryAtom {
  readonly variable: Term<"String">;
  readonly machine: Machine;
  /** What the machine says of the texts for which the statement holds. */
  readonly output: string;
  /** The literal that the variable has to be, where the statement says just that. */
  readonly literal?: string;
}

/**
 * What a statement about texts is about: one variable, two that are equal, several that make one text, or more than is told
 * apart here.
 */
export type TextAtom =
  | ({ readonly kind: "unary" } & UnaryAtom)
  | { readonly kind: "equal"; readonly left: Term<"String">; readonly right: Term<"String"> }
  /** The same said by statements about one variable each. */
  | { readonly kind: "split"; readonly formula: Term<"Bool">; readonly variables: readonly Term<"String">[] }
  | { readonly kind: "other"; readonly variables: readonly Term<"String">[] };

const literalOf = (term: Term | undefined): string | undefined =>
  typeof term?.literal === "string" ? term.literal : undefined;

/** The statement about texts that a Boolean term makes; undefined for one that is about something else. */
export function textAtom(atom: Term<"Bool">): TextAtom | undefined {
  if (atom.text === "and" || atom.text === "or" || atom.text === "not" || atom.text === "ite") return undefined;
  const variables = variablesIn(atom);
  if (variables.length === 0) return undefined;
  const regular = regularAtom(atom);
  if (regular !== undefined) {
    const { whole, machine, output, literal } = regular;
    const lifted = lift(whole, machine);
    if (lifted !== undefined)
      return { kind: "unary", ...lifted, output, ...(whole.variable && literal !== undefined ? { literal } : {}) };
    const formula = whole.text === "str.++" ? splitBetween(whole.args, machine) : undefined;
    if (formula !== undefined) return { kind: "split", formula, variables };
  }
  const [left, right] = atom.args;
  if (atom.text === "=" && left?.variable && right?.variable && isText(left) && isText(right))
    return { kind: "equal", left, right };
  return { kind: "other", variables };
}

/** That a machine accepts a text. */
interface RegularAtom {
  readonly whole: Term<"String">;
  readonly machine: Machine;
  readonly output: string;
  readonly literal?: string;
}

function regularAtom(atom: Term<"Bool">): RegularAtom | undefined {
  const [first, second] = atom.args;
  switch (atom.text) {
    case "=": {
      const literal = literalOf(first) ?? literalOf(second);
      const of = literalOf(first) === undefined ? first : second;
      if (literal === undefined || of === undefined || !isText(of)) return undefined;
      return { whole: of, machine: oneOf([literal]), output: accepted, literal };
    }
    case "str.prefixof":
      return about(second, first, beginsWith);
    case "str.suffixof":
      return about(second, first, endsWith);
    case "str.contains":
      return about(first, second, holds);
    case "str.in_re":
      return told(first, second?.machine);
    case "drives": {
      const [of] = atom.args;
      return of !== undefined && isText(of) && atom.machine !== undefined
        ? { whole: of, machine: atom.machine, output: String(atom.drivenTo) }
        : undefined;
    }
    case ">": {
      const measured = first?.text === "str.len" ? first.args[0] : undefined;
      return typeof second?.literal === "number" && second.literal <= longestCounted
        ? told(measured, longerThan(second.literal))
        : undefined;
    }
    default:
      return undefined;
  }
}

/** Longest length that is counted character by character. */
const longestCounted = 300;

const told = (of: Term | undefined, machine: Machine | undefined): RegularAtom | undefined =>
  of !== undefined && isText(of) && machine !== undefined ? { whole: of, machine, output: accepted } : undefined;

function about(
  of: Term | undefined,
  literal: Term | undefined,
  make: (literal: string) => Machine,
): RegularAtom | undefined {
  const written = literalOf(literal);
  return written === undefined ? undefined : told(of, make(written));
}

/** The machine that says of the only variable of a text what another says of the text. */
function lift(whole: Term<"String">, machine: Machine): Pick<UnaryAtom, "variable" | "machine"> | undefined {
  if (whole.variable) return { variable: whole, machine };
  if (whole.text === "str.++") {
    const open = whole.args.findIndex((part) => part.literal === undefined);
    const only = whole.args[open];
    const others = whole.args.filter((_, index) => index !== open);
    if (only === undefined || !isText(only) || others.some((part) => part.literal === undefined)) return undefined;
    const written = (parts: readonly Term[]) => parts.map((part) => literalOf(part) ?? "").join("");
    const [before, after] = [written(whole.args.slice(0, open)), written(whole.args.slice(open + 1))];
    return lift(only, surrounded(before, after, machine));
  }
  const [inner, prefix, suffix] = whole.args;
  const [from, to] = [literalOf(prefix), literalOf(suffix)];
  if (whole.text !== "between" || from === undefined || to === undefined || inner === undefined || !isText(inner))
    return undefined;
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
