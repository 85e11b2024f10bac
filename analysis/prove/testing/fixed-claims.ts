import type { ClaimVariable } from "../claim-variable";
import { and, boolean, equal, integer, real, type Term, text } from "../term";
import { sameText } from "../text-terms";

/** That a claim, as far as it is looked at, has just this value. */
export function hasValue(claim: ClaimVariable, value: unknown): Term<"Bool"> {
  if (value === undefined) return claim.is("absent");
  if (value === null) return claim.is("null");
  if (typeof value === "string") return and(claim.is("text"), sameText(claim.text, text(value)));
  if (typeof value === "boolean") return and(claim.is("flag"), equal(claim.flag, boolean(value)));
  if (typeof value === "number") return and(claim.is("number"), equal(claim.number, real(value)));
  if (Array.isArray(value)) return and(claim.is("list"), elementsAre(claim, value));
  const entries = new Map(Object.entries(value));
  return and(claim.is("map"), ...[...claim.children].map(([key, child]) => hasValue(child, entries.get(key))));
}

function elementsAre(claim: ClaimVariable, values: readonly unknown[]): Term<"Bool"> {
  const list = claim.list();
  // A list that is too long to be written out may be any.
  if (list === undefined) return boolean(true);
  list.symbolic().source.prefix(values.length);
  return and(
    equal(list.length, integer(values.length)),
    ...list.elements.slice(0, values.length).map((element, index) => hasValue(element, values[index])),
  );
}
