import { type ITerraformDependable, Token } from "cdktf";
import type { Construct } from "constructs";
import { requireProperty } from "../federation/property-error";

/** Characters of a refused value that a message repeats. */
const shownCharacters = 80;

/**
 * Refuses a text that does not match. What only Terraform knows at apply time passes: whoever declares the variable or
 * resource behind it checks it there.
 * @throws PropertyError
 */
export function requireMatch(scope: Construct, property: string, value: string, pattern: RegExp, rule: string): void {
  const holds = Token.isUnresolved(value) || pattern.test(value);
  const shown = value.length > shownCharacters ? `${value.slice(0, shownCharacters)}...` : value;
  requireProperty(scope, property, shown, holds, rule);
}

/** @throws PropertyError for a generation that is not two digits */
export function requireTwoDigits(scope: Construct, property: string, value: string): void {
  requireMatch(scope, property, value, /^[0-9]{2}$/, "expected two digits, such as 01");
}

/**
 * Refuses a list in which a value stands twice.
 * @throws PropertyError
 */
export function requireDistinct(scope: Construct, property: string, values: readonly string[]): void {
  const twice = values.find((value, index) => values.indexOf(value) !== index);
  requireProperty(scope, property, twice ?? "", twice === undefined, "expected each value once");
}

/** Google's rule for names of load balancer parts: RFC 1035 labels. */
export const resourceNamePattern = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;
export const hostnamePattern = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;

export const projectNumberPattern = /^[0-9]{1,32}$/;
export const projectNumberRule = "expected the project's number, not its id";

/** `dependsOn` of a resource, left out where there is nothing to wait for. */
export function waitingFor(dependables: readonly ITerraformDependable[] = []): { dependsOn?: ITerraformDependable[] } {
  return dependables.length === 0 ? {} : { dependsOn: [...dependables] };
}
