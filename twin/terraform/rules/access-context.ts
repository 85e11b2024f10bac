import type { JsonObject } from "../../../analysis";
import { all, type Check, exactlyOneOf, matches, oneOf, within, worded } from "./checks";
import { creationTime, digitsOf } from "./derived";
import { googleRefusal } from "./google-refusal";
import { googleResource, type RulesOfType } from "./google-resource";
import { isUnknown, type RuleContext, type Violation } from "./resource-rules";
import { isSet, text, texts, valuesAt } from "./values";

const policyType = "google_access_context_manager_access_policy";
const levelType = "google_access_context_manager_access_level";
const policyForm = /^organizations\/[0-9]+$/;

const dryRunIsExplicit: Check = (values) =>
  isSet(values["spec"]) &&
  values["use_explicit_dry_run_spec"] !== true &&
  !isUnknown(values["spec"]) &&
  !isUnknown(values["use_explicit_dry_run_spec"])
    ? [{ path: ["spec"], summary: "spec may only be set where use_explicit_dry_run_spec is true" }]
    : [];

/** Access levels and service perimeters. Source: the Google provider 6.50, package accesscontextmanager; cloud.google.com/access-context-manager/docs/reference/rest. */
export const accessContextRules: readonly RulesOfType[] = [
  [
    policyType,
    {
      forceNew: ["parent"],
      invented: ["name"],
      validate: (values) => matches("parent", policyForm)(values),
      identity: (values) => `accessPolicies/${text(values, "name") ?? ""}`,
      computed: (values) => {
        const name = text(values, "name") ?? digitsOf(text(values, "parent") ?? "", "access policy", 12);
        return { id: name, name, create_time: creationTime, update_time: creationTime };
      },
      refuseCreate: (values, context) => {
        const parent = text(values, "parent") ?? "";
        const isThere = context.store.ofType(policyType).some(({ values: other }) => other["parent"] === parent);
        if (!isThere || isSet(values["scopes"])) return undefined;
        return googleRefusal("Error creating AccessPolicy", 409, `Policy already exists with parent ${parent}`);
      },
      importIdentity: (importId) => `accessPolicies/${importId}`,
    },
  ],
  googleResource({
    type: levelType,
    label: "AccessLevel",
    id: "{name}",
    forceNew: ["name", "parent"],
    defaults: { "basic.combining_function": "AND" },
    check: all(
      matches("name", /^accessPolicies\/[0-9]+\/accessLevels\/[A-Za-z][A-Za-z0-9_]*$/),
      exactlyOneOf("basic", "custom"),
      oneOf("basic.combining_function", ["AND", "OR"]),
      within("basic", worded("conditions.ip_subnetworks", hostBits)),
      within(
        "basic",
        worded("conditions.members", (value, name) =>
          /^(user|serviceAccount):[^:]+$/.test(value)
            ? []
            : [`${name}: expected user:{emailid} or serviceAccount:{emailid}, got ${value}`],
        ),
      ),
    ),
    exists: (id) => [`Requested entity already exists: ${id}`],
    refuse: refuseOrphan,
    users: {
      kind: "access level",
      by: [
        {
          type: "google_access_context_manager_service_perimeter",
          paths: ["spec.access_levels", "status.access_levels"],
        },
      ],
    },
  }),
  googleResource({
    type: "google_access_context_manager_service_perimeter",
    label: "ServicePerimeter",
    id: "{name}",
    forceNew: ["name", "parent", "perimeter_type"],
    defaults: { perimeter_type: "PERIMETER_TYPE_REGULAR" },
    check: all(
      matches("name", /^accessPolicies\/[0-9]+\/servicePerimeters\/[A-Za-z][A-Za-z0-9_]*$/),
      oneOf("perimeter_type", ["PERIMETER_TYPE_REGULAR", "PERIMETER_TYPE_BRIDGE"]),
      ...["spec", "status"].map((spec) =>
        within(
          spec,
          within(
            "ingress_policies",
            within(
              "ingress_from",
              oneOf("identity_type", [
                "IDENTITY_TYPE_UNSPECIFIED",
                "ANY_IDENTITY",
                "ANY_USER_ACCOUNT",
                "ANY_SERVICE_ACCOUNT",
              ]),
            ),
          ),
        ),
      ),
      dryRunIsExplicit,
    ),
    computed: () => ({ create_time: creationTime, update_time: creationTime }),
    exists: (id) => [`Requested entity already exists: ${id}`],
    refuse: refusePerimeter,
  }),
];

/** "192.0.2.1/24" is refused, "192.0.2.0/24" is not: only for addresses of version 4, as far as the twin looks. */
function hostBits(value: string, name: string): readonly string[] {
  const [address = "", length = ""] = value.split("/");
  const parts = /^\d{1,3}(\.\d{1,3}){3}$/.test(address) ? address.split(".").map(Number) : undefined;
  if (parts === undefined) return [];
  const bits = parts.reduce((number, part) => number * 256 + part, 0);
  return bits % 2 ** (32 - Number(length || "32")) === 0 ? [] : [`${name}: host bits of ${value} must be zero`];
}

function refuseOrphan(values: JsonObject, context: RuleContext, action: string): Violation | undefined {
  const parent = text(values, "parent") ?? "";
  if (context.store.find(policyType, ({ identity }) => identity === parent) !== undefined) return undefined;
  return googleRefusal(action, 404, `Requested entity was not found: ${parent}`, undefined, ["parent"]);
}

function refusePerimeter(values: JsonObject, context: RuleContext, action: string): Violation | undefined {
  const orphan = refuseOrphan(values, context, action);
  if (orphan !== undefined) return orphan;
  for (const spec of ["spec", "status"]) {
    const levels = [
      ...valuesAt(values, `${spec}.access_levels`).flatMap(({ value }) => texts({ value }, "value")),
      ...valuesAt(values, `${spec}.ingress_policies.ingress_from.sources.access_level`).flatMap(({ value }) =>
        typeof value === "string" && value !== "*" && value !== "" ? [value] : [],
      ),
    ];
    // By letter case too: `accesslevels` never matches.
    const missing = levels.find(
      (level) => context.store.find(levelType, ({ identity }) => identity === level) === undefined,
    );
    if (missing !== undefined)
      return googleRefusal(action, 400, `Access level ${missing} was not found.`, undefined, [spec]);
    const notNumbers = valuesAt(values, `${spec}.resources`)
      .flatMap(({ value }) => texts({ value }, "value"))
      .find((name) => !/^(projects\/[0-9]+|\/\/compute\..+)$/.test(name));
    if (notNumbers !== undefined)
      return googleRefusal(action, 400, `Invalid resource ${notNumbers}: expected projects/NUMBER.`, undefined, [spec]);
  }
  return undefined;
}
