import type { Construct } from "constructs";
import { federationLimits } from "../../facts/federation-limits";
import type { PinnedCondition } from "./condition";
import { requireProperty } from "./property-error";

/** Characters of the ids that references in a condition stand for: UUIDs. */
const computedIdCharacters = 36;
const reference = /\$\{TfToken\[[^\]]*\]\}/g;

/**
 * The condition as the provider resource takes it. What the type says is checked once more, as synthesis runs without
 * a type check.
 *
 * @throws PropertyError when it pins no immutable identity or is longer than Google takes
 */
export function providerCondition(scope: Construct, condition: PinnedCondition): string {
  const { expression } = condition;
  const pinned = condition.pin === "pinned";
  requireProperty(scope, "condition", expression, pinned, "expected one that pins an immutable identity");
  const characters = expression.replace(reference, "x".repeat(computedIdCharacters)).length;
  const limit = federationLimits.conditionCharacters;
  requireProperty(
    scope,
    "condition",
    expression,
    characters <= limit,
    `expected at most ${limit} characters, got ${characters}`,
  );
  return expression;
}
