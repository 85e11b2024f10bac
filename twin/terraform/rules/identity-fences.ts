import type { JsonObject } from "../../../analysis";
import { all, atMost, matches, oneOf, within, worded } from "./checks";
import { creationTime, fingerprintOf, uuidOf } from "./derived";
import { googleRefusal } from "./google-refusal";
import { googleResource, type RulesOfType } from "./google-resource";
import { projectOf } from "./project";
import type { RuleContext, Violation } from "./resource-rules";
import { block, blocks, text, texts } from "./values";

const boundaryType = "google_iam_principal_access_boundary_policy";
const boundaries = "organizations/{organization}/locations/{location}/principalAccessBoundaryPolicies";
const fenceId = /^[a-z][a-z0-9.-]{2,62}$/;

const made = (id: string, values: JsonObject): JsonObject => ({
  name: id,
  uid: uuidOf(id, "uid"),
  etag: fingerprintOf(id, "etag"),
  create_time: creationTime,
  update_time: creationTime,
  effective_annotations: values["annotations"] ?? {},
});

/** Principal access boundaries and deny policies. Source: the Google provider 6.50, packages iam3 and iam2; cloud.google.com/iam/docs/reference/rest/v3 and v2. */
export const identityFenceRules: readonly RulesOfType[] = [
  googleResource({
    type: boundaryType,
    label: "PrincipalAccessBoundaryPolicy",
    id: `${boundaries}/{principal_access_boundary_policy_id}`,
    forceNew: ["organization", "location", "principal_access_boundary_policy_id"],
    check: all(
      matches("principal_access_boundary_policy_id", fenceId),
      within("details", all(oneOf("rules.effect", ["ALLOW"]), atMost("rules", 500))),
      worded("display_name", atMost63),
    ),
    computed: (values, _context, id) => made(id, values),
    exists: () => ["Requested entity already exists"],
    refuseDelete: (values, context) => {
      const name = text(values, "name") ?? "";
      const binding = context.store.find(
        "google_iam_projects_policy_binding",
        ({ values: { policy } }) => policy === name,
      );
      if (binding === undefined) return undefined;
      return googleRefusal(
        "Error when reading or editing PrincipalAccessBoundaryPolicy",
        400,
        `Policy ${name} is still bound by ${binding.identity}.`,
      );
    },
  }),
  googleResource({
    type: "google_iam_projects_policy_binding",
    label: "ProjectsPolicyBinding",
    id: "projects/{project}/locations/{location}/policyBindings/{policy_binding_id}",
    importForms: ["{project}/{location}/{policy_binding_id}", "{location}/{policy_binding_id}"],
    forceNew: ["location", "policy", "policy_binding_id", "policy_kind", "project", "target"],
    check: all(
      matches("policy_binding_id", fenceId),
      oneOf("policy_kind", ["PRINCIPAL_ACCESS_BOUNDARY"]),
      worded("display_name", atMost63),
    ),
    computed: (values, context, id) => {
      const name = id.replace(/^projects\/[^/]+/, `projects/${projectOf(values, context).number}`);
      return { ...made(id, values), name, policy_uid: uuidOf(text(values, "policy") ?? "", "uid") };
    },
    exists: () => ["Requested entity already exists"],
    refuse: refuseBinding,
  }),
  googleResource({
    type: "google_iam_deny_policy",
    label: "DenyPolicy",
    id: "{parent}/{name}",
    forceNew: ["name", "parent"],
    check: all(
      matches("name", fenceId),
      worded("parent", (value) =>
        /^cloudresourcemanager\.googleapis\.com%2F(projects|folders|organizations)%2F[^/]+$/i.test(value)
          ? []
          : [`"parent" must be the URL-encoded full resource name of a project, folder or organization, got ${value}`],
      ),
    ),
    computed: (_values, _context, id) => ({ etag: fingerprintOf(id, "etag") }),
    exists: (id) => [`Policy ${id} already exists.`],
    refuse: refuseDenial,
  }),
];

function atMost63(value: string, name: string): readonly string[] {
  return value.length <= 63 ? [] : [`expected length of ${name} to be in the range (0 - 63), got ${value}`];
}

function refuseBinding(values: JsonObject, context: RuleContext, action: string): Violation | undefined {
  const policy = text(values, "policy") ?? "";
  if (context.store.find(boundaryType, ({ identity }) => identity === policy) === undefined)
    return googleRefusal(action, 404, `Policy ${policy} was not found.`, undefined, ["policy"]);
  const { id, number } = projectOf(values, context);
  const set = text(block(values, "target") ?? {}, "principal_set") ?? "";
  const own = [
    `//cloudresourcemanager.googleapis.com/projects/${id}`,
    `//cloudresourcemanager.googleapis.com/projects/${number}`,
  ];
  const isOwn =
    own.includes(set) ||
    set.startsWith(`//iam.googleapis.com/projects/${number}/locations/global/workloadIdentityPools/`);
  if (isOwn) return undefined;
  return googleRefusal(
    action,
    400,
    "The principal set must be the project's own, or a workload identity pool of it.",
    undefined,
    ["target"],
  );
}

/** What a deny rule may name. Source: cloud.google.com/iam/docs/principal-identifiers. */
const deniable =
  /^(principalSet:\/\/goog\/(public:all|group\/.+|cloudIdentityCustomerId\/.+)|principal:\/\/goog\/subject\/.+|principal(Set)?:\/\/iam\.googleapis\.com\/.+|principalSet:\/\/cloudresourcemanager\.googleapis\.com\/.+)$/;

function refuseDenial(values: JsonObject, _context: RuleContext, action: string): Violation | undefined {
  for (const rule of blocks(values, "rules").flatMap((item) => blocks(item, "deny_rule"))) {
    const principals = [...texts(rule, "denied_principals"), ...texts(rule, "exception_principals")];
    const wrong = principals.find((principal) => !deniable.test(principal));
    if (wrong !== undefined) return googleRefusal(action, 400, `Invalid principal: ${wrong}`, undefined, ["rules"]);
    const permissions = [...texts(rule, "denied_permissions"), ...texts(rule, "exception_permissions")];
    const malformed = permissions.find(
      (permission) => !/^[a-z]+\.googleapis\.com\/[A-Za-z]+\.[A-Za-z*]+$/.test(permission),
    );
    if (malformed !== undefined)
      return googleRefusal(action, 400, `Invalid permission: ${malformed}`, undefined, ["rules"]);
  }
  return undefined;
}
