import type { JsonObject } from "../../../analysis";
import { cloudArmorLimits, rateLimitIntervals } from "../../../facts/cloud-armor";
import { all, type Check, oneOf } from "./checks";
import { computeResource } from "./compute-resource";
import { googleRefusal } from "./google-refusal";
import type { RulesOfType } from "./google-resource";
import type { RuleContext, Violation } from "./resource-rules";
import { block, blocks, isSet, text, texts } from "./values";

const ruleAction = /^(allow|deny\((403|404|429|502)\)|throttle|rate_based_ban|redirect)$/;

const prioritiesDiffer: Check = (values) => {
  const priorities = blocks(values, "rule").map(({ priority }) => priority);
  const twice = priorities.find(
    (priority, index) => typeof priority === "number" && priorities.indexOf(priority) < index,
  );
  return typeof twice === "number"
    ? [
        {
          path: ["rule"],
          summary: `Two rules have the same priority, please update one of the priorities to be different: ${twice}`,
        },
      ]
    : [];
};

/** Cloud Armor. Source: the Google provider 6.50, package compute; cloud.google.com/compute/docs/reference/rest/v1/securityPolicies. */
export const securityPolicyRules: readonly RulesOfType[] = [
  computeResource({
    type: "google_compute_security_policy",
    label: "SecurityPolicy",
    collection: "securityPolicies",
    untimed: true,
    forceNew: ["name", "project"],
    defaults: { "rule.rate_limit_options.enforce_on_key": "ALL" },
    check: all(
      oneOf("type", ["CLOUD_ARMOR", "CLOUD_ARMOR_EDGE", "CLOUD_ARMOR_INTERNAL_SERVICE"]),
      oneOf("advanced_options_config.json_parsing", ["DISABLED", "STANDARD", "STANDARD_WITH_GRAPHQL"]),
      oneOf("advanced_options_config.log_level", ["NORMAL", "VERBOSE"]),
      oneOf("rule.match.versioned_expr", ["SRC_IPS_V1"]),
      oneOf("rule.rate_limit_options.conform_action", ["allow"]),
      prioritiesDiffer,
    ),
    fingerprint: "fingerprint",
    computed: () => ({ type: "CLOUD_ARMOR" }),
    refuse: refuseRules,
    users: {
      kind: "security_policy",
      by: [{ type: "google_compute_backend_service", paths: ["security_policy", "edge_security_policy"] }],
    },
  }),
];

function refuseRules(values: JsonObject, _context: RuleContext, action: string): Violation | undefined {
  const rules = blocks(values, "rule");
  for (const [index, rule] of rules.entries()) {
    const problem = problemOf(rule);
    if (problem === undefined) continue;
    const [field, message] = problem;
    return googleRefusal(
      action,
      400,
      `Invalid value for field 'resource.rules[${index}].${field}': ${message}`,
      "invalid",
      ["rule"],
    );
  }
  if (rules.length === 0 || rules.some(({ priority }) => priority === cloudArmorLimits.defaultPriority))
    return undefined;
  return googleRefusal(
    action,
    400,
    `The policy must have a default rule with priority ${cloudArmorLimits.defaultPriority}.`,
    "invalid",
    ["rule"],
  );
}

function problemOf(rule: JsonObject): readonly [field: string, message: string] | undefined {
  const verb = text(rule, "action") ?? "";
  if (!ruleAction.test(verb)) return ["action", `'${verb}'. Unknown action.`];
  const match = block(rule, "match") ?? {};
  const ranges = texts(block(match, "config") ?? {}, "src_ip_ranges");
  const most = cloudArmorLimits.rangesOfRule;
  if (ranges.length > most)
    return ["match.config.srcIpRanges", `${ranges.length} ranges, at most ${most} are allowed.`];
  if (isSet(match["config"]) === isSet(match["expr"])) return ["match", "exactly one of config and expr must be set."];
  const limit = block(rule, "rate_limit_options");
  const isLimit = verb === "throttle" || verb === "rate_based_ban";
  if (isLimit !== (limit !== undefined))
    return ["rateLimitOptions", "set for throttle and rate_based_ban, and for these only."];
  const interval = block(limit ?? {}, "rate_limit_threshold")?.["interval_sec"];
  const known: readonly number[] = rateLimitIntervals;
  if (typeof interval === "number" && !known.includes(interval))
    return ["rateLimitOptions.rateLimitThreshold.intervalSec", `${interval}. It must be one of ${known.join(", ")}.`];
  return undefined;
}
