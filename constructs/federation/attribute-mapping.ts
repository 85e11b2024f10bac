import type { Construct } from "constructs";
import { attributeKeyPattern, federationLimits } from "../../facts/federation-limits";
import { requireProperty } from "./property-error";

/** What a provider makes of a token's claims: CEL by the name of the attribute. */
export interface AttributeMapping<A extends string = string> {
  /** google.subject: the identity; unique and immutable. */
  readonly subject: string;
  /** Custom attributes, without the `attribute.` prefix. */
  readonly attributes: Readonly<Record<A, string>>;
}

/**
 * The mapping as the provider resource takes it.
 *
 * @throws PropertyError when a key, an expression or their number is outside Google's limits
 */
export function attributeMapping(scope: Construct, mapping: AttributeMapping): Record<string, string> {
  const { customAttributes, mappingExpressionCharacters } = federationLimits;
  const isMapping =
    typeof mapping === "object" && typeof mapping.subject === "string" && mapping.attributes instanceof Object;
  requireProperty(scope, "mapping", String(mapping), isMapping, "expected { subject, attributes }");
  const attributes = Object.entries(mapping.attributes);
  const few = attributes.length <= customAttributes;
  requireProperty(scope, "mapping", `${attributes.length} attributes`, few, `expected at most ${customAttributes}`);
  for (const [key] of attributes) {
    const rule = "expected 1 to 100 of a-z, 0-9 and _";
    requireProperty(scope, "mapping.attributes", key, attributeKeyPattern.test(key), rule);
  }
  const expressions: [string, string][] = [
    ["google.subject", mapping.subject],
    ...attributes.map(([key, expression]): [string, string] => [`attribute.${key}`, expression]),
  ];
  for (const [key, expression] of expressions) {
    const fits = expression.length >= 1 && expression.length <= mappingExpressionCharacters;
    const rule = `expected 1 to ${mappingExpressionCharacters} characters, got ${expression.length}`;
    requireProperty(scope, `mapping of ${key}`, expression, fits, rule);
  }
  return Object.fromEntries(expressions);
}
