import { type ConstructPlace, requireProperty } from "./property-error";
import { withoutReferences } from "./reference";

/** What Terraform would expand inside a string, or cdktf. */
const template = /[$%#&]\{|-?[0-9.]+e[+-][0-9]{3}/;

/**
 * A text that goes into a resource as it is: without controls, without marks that turn the direction of writing, and without
 * anything that Terraform would expand. References stay.
 *
 * @param limit characters
 * @throws PropertyError
 */
export function requirePlainText(place: ConstructPlace, property: string, value: string, limit: number): string {
  requireProperty(place, property, String(value), typeof value === "string", "expected a text");
  const length = [...value].length;
  requireProperty(place, property, value, length >= 1 && length <= limit, `expected 1 to ${limit} characters`);
  const text = withoutReferences(value);
  const plain = !template.test(text) && !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(text);
  requireProperty(place, property, value, plain, "expected text without control characters and without ${ or %{");
  return value;
}

/**
 * A value that a principal or a name ends with. Attackers and typing errors alike would put blanks, `*` and templates there.
 *
 * @throws PropertyError
 */
export function requirePlainValue(place: ConstructPlace, property: string, value: string): string {
  requireProperty(place, property, String(value), typeof value === "string", "expected a text");
  const text = withoutReferences(value);
  const isWhole = value !== "" && !/[\s*\p{Cc}\p{Cf}\p{Cs}]/u.test(text) && !template.test(text);
  requireProperty(place, property, value, isWhole, "expected a value without blanks or *, and without ${ or %{");
  return value;
}
