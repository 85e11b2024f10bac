import { equal, not, or, type Term } from "./term";
import { sameText } from "./text-terms";
import type { Universe } from "./universe";

/**
 * That two texts differ. Of texts that are made alike it is enough to ask that some part differs, which takes in a few texts
 * too many (`a` + `bc` and `ab` + `c`): what is found is then confirmed by the evaluator, or asked again exactly.
 */
export function differ(universe: Universe, left: Term<"String">, right: Term<"String">): Term<"Bool"> {
  const parts = universe.exact ? undefined : differences(left, right);
  return parts === undefined ? not(sameText(left, right)) : or(...parts);
}

/** That corresponding parts differ; undefined for texts that are not made alike. */
function differences(left: Term, right: Term): readonly Term<"Bool">[] | undefined {
  if (left.text === right.text && left.args.length === 0) return [];
  if (left.variable && right.variable && left.sort === right.sort) return [not(equal(left, right))];
  if (left.sort === "Bool" && right.sort === "Bool") return [not(equal(left, right))];
  if (left.text !== right.text || left.args.length !== right.args.length || left.args.length === 0) return undefined;
  const found: Term<"Bool">[] = [];
  for (const [index, part] of left.args.entries()) {
    const other = right.args[index];
    const parts = other && differences(part, other);
    if (parts === undefined) return undefined;
    found.push(...parts);
  }
  return found;
}
