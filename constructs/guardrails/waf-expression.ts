import type { Construct } from "constructs";
import {
  cloudArmorLimits,
  type PreconfiguredWafRuleSet,
  preconfiguredWafRuleSets,
  wafSignaturePattern,
} from "../../facts/cloud-armor";
import { requireForm, requireProperty } from "../federation/property-error";

/**
 * The expression of one preconfigured rule set, without the signatures that are opted out of.
 * Source: cloud.google.com/armor/docs/rule-tuning.
 *
 * @throws PropertyError for a rule set that Google does not have, or a signature out of its form
 */
export function wafExpression(
  scope: Construct,
  ruleSet: PreconfiguredWafRuleSet,
  sensitivity: number,
  optOut: readonly string[],
): string {
  const known = preconfiguredWafRuleSets.join(", ");
  const isKnown = preconfiguredWafRuleSets.includes(ruleSet);
  requireProperty(scope, "wafRuleSets.ruleSet", ruleSet, isKnown, `expected one of ${known}`);
  const isSensitivity = [1, 2, 3, 4].includes(sensitivity);
  requireProperty(scope, "wafSensitivity", `${sensitivity}`, isSensitivity, "expected 1, 2, 3 or 4");
  const rule = "expected the id of a signature, such as owasp-crs-v030301-id942350-sqli";
  for (const signature of optOut) requireForm(scope, "wafRuleSets.optOut", signature, wafSignaturePattern, rule);
  const quoted = optOut.map((signature) => `'${signature}'`).join(", ");
  const without = optOut.length === 0 ? "" : `, 'opt_out_rule_ids': [${quoted}]`;
  return `evaluatePreconfiguredWaf('${ruleSet}', {'sensitivity': ${sensitivity}${without}})`;
}

/**
 * Expressions that hold for requests from the regions, as many as their limit asks for.
 * Source: cloud.google.com/armor/docs/rules-language-reference.
 *
 * @throws PropertyError for what is no ISO 3166-1 alpha-2 code
 */
export function denyRegions(scope: Construct, regions: readonly string[]): readonly string[] {
  const rule = "expected an ISO 3166-1 alpha-2 code in capitals, such as KP";
  for (const region of regions) requireForm(scope, "deniedRegions", region, /^[A-Z]{2}$/, rule);
  const size = cloudArmorLimits.subexpressionsOfRule;
  return Array.from({ length: Math.ceil(regions.length / size) }, (_, index) =>
    regions
      .slice(index * size, (index + 1) * size)
      .map((region) => `origin.region_code == '${region}'`)
      .join(" || "),
  );
}
