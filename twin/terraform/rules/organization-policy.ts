import type { JsonObject } from "../../../analysis";
import { all, matches, oneOf, within, worded } from "./checks";
import { creationTime, fingerprintOf } from "./derived";
import { googleRefusal } from "./google-refusal";
import { googleResource, type RulesOfType } from "./google-resource";
import type { RuleContext, Violation } from "./resource-rules";
import { blocks, isSet, list, text, texts } from "./values";

const policyName = /^(projects\/[^/]+|folders\/[0-9]+|organizations\/[0-9]+)\/policies\/[A-Za-z.]+$/;
/** The provider takes flags as text. */
const flagWords = ["TRUE", "FALSE"];
const flags = ["allow_all", "deny_all", "enforce"] as const;
const specs = ["spec", "dry_run_spec"] as const;

/** Organization policies and constraints of one's own. Source: the Google provider 6.50, package orgpolicy; cloud.google.com/resource-manager/docs/reference/orgpolicy/rest/v2. */
export const organizationPolicyRules: readonly RulesOfType[] = [
  googleResource({
    type: "google_org_policy_policy",
    label: "Policy",
    id: "{name}",
    forceNew: ["name", "parent"],
    check: all(
      matches("name", policyName),
      ...specs.flatMap((spec) => flags.map((flag) => within(spec, oneOf(`rules.${flag}`, flagWords)))),
      ...specs.map((spec) => within(spec, worded("rules.parameters", notJson))),
    ),
    computed: (_values, _context, id) => ({ etag: fingerprintOf(id, "etag") }),
    exists: (id) => [`Requested entity already exists: ${id}`],
    refuse: refusePolicy,
  }),
  googleResource({
    type: "google_org_policy_custom_constraint",
    label: "CustomConstraint",
    id: "{parent}/customConstraints/{name}",
    forceNew: ["name", "parent"],
    check: all(
      matches("name", /^custom\.[a-zA-Z0-9]{1,63}$/),
      oneOf("action_type", ["ALLOW", "DENY"]),
      oneOf("method_types", ["CREATE", "UPDATE", "DELETE", "REMOVE_GRANT", "GOVERN_TAGS"]),
      worded("condition", (value, name) =>
        value.length <= 1000 ? [] : [`expected length of ${name} to be in the range (1 - 1000), got ${value.length}`],
      ),
    ),
    computed: () => ({ update_time: creationTime }),
    exists: () => ["Requested entity already exists"],
  }),
];

function notJson(value: string, name: string): readonly string[] {
  try {
    JSON.parse(value);
    return [];
  } catch {
    return [`"${name}" contains an invalid JSON: ${value}`];
  }
}

function refusePolicy(values: JsonObject, context: RuleContext, action: string): Violation | undefined {
  const name = text(values, "name") ?? "";
  const parent = text(values, "parent") ?? "";
  const refused = (message: string) => googleRefusal(action, 400, message, undefined, ["spec"]);
  if (!name.startsWith(`${parent}/policies/`))
    return refused(`The policy name ${name} does not match its parent ${parent}.`);
  const custom = /\/policies\/(custom\..+)$/.exec(name)?.[1];
  if (
    custom !== undefined &&
    context.store.find("google_org_policy_custom_constraint", ({ values: { name: known } }) => known === custom) ===
      undefined
  )
    return refused(`Constraint constraints/${custom} was not found.`);
  for (const rule of specs.flatMap((spec) => blocks(values, spec)).flatMap((spec) => blocks(spec, "rules"))) {
    const stated = [...flags, "values"].filter((kind) => isSet(rule[kind]) || list(rule, kind).length > 0);
    if (stated.length !== 1) return refused("Each rule must have exactly one of allow_all, deny_all, enforce, values.");
    const listed = blocks(rule, "values").flatMap((block) => [
      ...texts(block, "allowed_values"),
      ...texts(block, "denied_values"),
    ]);
    if (stated[0] === "values" && listed.length === 0) return refused("The values of a rule must not be empty.");
  }
  return undefined;
}
