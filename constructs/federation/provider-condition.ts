import type { Construct } from "constructs";
import { federationLimits } from "../../facts/federation-limits";
import { isEntraForEveryone, multiTenantIssuers } from "../../facts/issuers";
import { Condition, type PinnedCondition } from "./condition";
import { requireProperty } from "./property-error";

/** Characters of the ids that references in a condition stand for: UUIDs. */
const computedIdCharacters = 36;
const reference = /\$\{TfToken\[[^\]]*\]\}/g;

/**
 * The condition as the provider resource takes it. What the type says is checked once more, as synthesis runs without
 * a type check.
 *
 * @throws PropertyError when it pins no immutable identity, or is longer than Google takes
 */
export function providerCondition(scope: Construct, condition: PinnedCondition): string {
  const isBuilt = condition instanceof Condition;
  requireProperty(scope, "condition", String(condition), isBuilt, "expected a condition made by an issuer's claims");
  const { expression } = condition;
  const pinned = condition.pin === "pinned";
  requireProperty(scope, "condition", expression, pinned, "expected one that pins an immutable identity");
  const characters = charactersOf(expression);
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

/**
 * What people read about a provider beside its id: the condition in plain words, cut where Google's limit is.
 */
export function descriptionOf({ words }: PinnedCondition): string {
  const limit = federationLimits.descriptionCharacters;
  const text = `Admits when ${words}`;
  if (charactersOf(text) <= limit) return text;
  // References stay whole: half of one would be no Terraform.
  let kept = "";
  let characters = 0;
  for (const [piece] of text.matchAll(/\$\{TfToken\[[^\]]*\]\}|[\s\S]/gu)) {
    characters += charactersOf(piece);
    if (characters > limit - 1) break;
    kept += piece;
  }
  return `${kept}…`;
}

/**
 * @param issuer URL of an OpenID Connect issuer
 * @throws PropertyError when the issuer signs for many customers and the condition does not say for which
 */
export function requireOwner(scope: Construct, issuer: string, condition: PinnedCondition): void {
  const plain = knownForm(issuer);
  const ownTenant = !isEntraForEveryone(plain);
  requireProperty(scope, "issuerUri", issuer, ownTenant, "expected the issuer of one tenant, not of all of them");
  const tenancy = multiTenantIssuers.get(plain);
  if (tenancy === undefined) return;
  const { pinnedClaims } = condition;
  const owned = pinnedClaims === "vouched" || tenancy.owner.some((claim) => pinnedClaims.has(claim));
  const rule = `${plain} signs for every customer: expected it to compare ${tenancy.owner.join(" or ")} with fixed values, as ${tenancy.construct} does`;
  requireProperty(scope, "condition", condition.expression, owned, rule);
}

/** Hosts' names are the same in capitals; the claim `iss` is compared as it is, so this only finds who is meant. */
const knownForm = (issuer: string): string => (URL.canParse(issuer) ? new URL(issuer).href : issuer).replace(/\/$/, "");

const charactersOf = (text: string): number => [...text.replace(reference, "x".repeat(computedIdCharacters))].length;
