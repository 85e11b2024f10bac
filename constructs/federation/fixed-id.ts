import { computedId, type LiteralValue } from "./cel-literal";
import { type ConstructPlace, requireProperty } from "./property-error";
import { isIdReference } from "./reference";

/** What an id looks like, and how to say so. */
export interface IdForm {
  readonly pattern: RegExp;
  readonly rule: string;
}

export const uuidForm: IdForm = {
  pattern: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  rule: "expected a lower-case UUID",
};
export const numericForm: IdForm = { pattern: /^[0-9]{1,32}$/, rule: "expected a numeric id" };

/**
 * An id for a condition: of its form, or one whole reference to an id that a resource has.
 *
 * @throws PropertyError for anything else, such as a variable, or a reference with text beside it
 */
export function fixedId(
  place: ConstructPlace,
  property: string,
  value: string,
  { pattern, rule }: IdForm,
): LiteralValue {
  if (typeof value === "string" && pattern.test(value)) return value;
  requireProperty(place, property, value, isIdReference(value), `${rule}, or a reference to an id that a resource has`);
  return computedId(value);
}
