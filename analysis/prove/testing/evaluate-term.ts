import { partBetween } from "../../cel/extract";
import type { ClaimVariable } from "../claim-variable";
import { accepted } from "../strings/machine";
import type { Term } from "../term";

/** Values of the variables, by name, and of the terms that stand for a claim's form. */
export type Assignment = ReadonlyMap<string, string | number | boolean>;

/** A term's value where all of its variables have one; `undefined` where one has none. */
export function valueIn(term: Term, assignment: Assignment): string | number | boolean | undefined {
  const known = new Map<Term, string | number | boolean | undefined>();
  const visit = (part: Term): string | number | boolean | undefined => {
    if (part.literal !== undefined) return part.literal;
    if (part.variable) return assignment.get(part.text);
    if (!known.has(part)) known.set(part, applied(part, visit));
    return known.get(part);
  };
  return visit(term);
}

type Visit = (term: Term) => string | number | boolean | undefined;

function applied(term: Term, visit: Visit): string | number | boolean | undefined {
  const values = term.args.map((part) => (part.sort === "RegLan" ? undefined : visit(part)));
  const [first, second, third] = values;
  switch (term.text) {
    case "and":
      return values.includes(false) ? false : values.includes(undefined) ? undefined : true;
    case "or":
      return values.includes(true) ? true : values.includes(undefined) ? undefined : false;
    case "not":
      return typeof first === "boolean" ? !first : undefined;
    case "ite":
      return first === undefined ? undefined : first ? second : third;
    default:
      return values.some((value, index) => value === undefined && term.args[index]?.sort !== "RegLan")
        ? undefined
        : strict(term, values);
  }
}

function strict(term: Term, values: readonly (string | number | boolean | undefined)[]): string | number | boolean {
  const [text, other, third] = values.map(String);
  const [left, right] = values.map(Number);
  const [a = "", b = "", c = ""] = [text, other, third];
  const [x = 0, y = 0] = [left, right];
  switch (term.text) {
    case "=":
      return values[0] === values[1];
    case "<":
      return x < y;
    case "<=":
      return x <= y;
    case ">":
      return x > y;
    case ">=":
      return x >= y;
    case "*":
      return x * y;
    case "to_real":
      return x;
    case "str.++":
      return values.join("");
    case "str.prefixof":
      return b.startsWith(a);
    case "str.suffixof":
      return b.endsWith(a);
    case "str.contains":
      return a.includes(b);
    case "str.len":
      return [...a].length;
    case "between":
      return partBetween(a, b, c);
    case "str.in_re": {
      const machine = term.args[1]?.machine;
      if (machine === undefined) throw new Error("a language without a machine");
      const end = [...a].reduce(
        (state, character) => machine.step(state, character.codePointAt(0) ?? 0),
        machine.start,
      );
      return machine.output(end) === accepted;
    }
    default:
      throw new Error(`the operator ${term.text} has no meaning here`);
  }
}

/** The assignment that gives a claim, as far as it is looked at, just this value. */
export function assignmentOf(claim: ClaimVariable, value: unknown): Assignment {
  const assignment = new Map<string, string | number | boolean>();
  const give = (part: ClaimVariable, given: unknown): void => {
    assignment.set(part.kind.text, formOf(given));
    assignment.set(part.text.text, typeof given === "string" ? given : "");
    assignment.set(part.flag.text, given === true);
    assignment.set(part.number.text, typeof given === "number" ? given : 0);
    const list = Array.isArray(given) ? given : [];
    if (part.writtenList !== undefined) {
      assignment.set(part.writtenList.length.text, list.length);
      part.writtenList.elements.forEach((element, index) => {
        give(element, index < list.length ? list[index] : null);
      });
    }
    const fields = new Map(typeof given === "object" && given !== null ? Object.entries(given) : []);
    for (const [key, child] of part.children) give(child, Array.isArray(given) ? undefined : fields.get(key));
  };
  give(claim, value);
  return assignment;
}

function formOf(value: unknown): string {
  if (value === undefined) return "absent";
  if (value === null) return "null";
  if (Array.isArray(value)) return "list";
  const forms: Readonly<Record<string, string>> = { string: "text", boolean: "flag", number: "number", object: "map" };
  return forms[typeof value] ?? "absent";
}
