import type { JsonObject } from "../../../analysis";
import {
  privilegedAccessAgent,
  privilegedAccessAgentRole,
  privilegedAccessLimits,
} from "../../../facts/privileged-access";
import { basicRoles } from "../../../facts/roles";
import { all, type Check, exactlyOneOf, oneOf, within, worded } from "./checks";
import { creationTime, fingerprintOf } from "./derived";
import { googleRefusal } from "./google-refusal";
import { googleResource, type RulesOfType } from "./google-resource";
import { findProject } from "./project";
import type { RuleContext, Violation } from "./resource-rules";
import { block, blocks, text, texts } from "./values";

const deletedPrincipals = (path: string): Check =>
  worded(path, (value, name) =>
    value.startsWith("deleted:")
      ? [`invalid value for ${name} (Terraform does not support IAM policies for deleted principals: ${value})`]
      : [],
  );

/** Privileged Access Manager. Source: the Google provider 6.50, package privilegedaccessmanager; cloud.google.com/iam/docs/pam-overview. */
export const privilegedAccessRules: readonly RulesOfType[] = [
  googleResource({
    type: "google_privileged_access_manager_entitlement",
    label: "Entitlement",
    id: "{parent}/locations/{location}/entitlements/{entitlement_id}",
    forceNew: ["entitlement_id", "location", "parent", "approval_workflow"],
    check: all(
      worded("entitlement_id", (value, name) => [
        ...(value.length >= 4 && value.length <= 63
          ? []
          : [`"${name}" (${JSON.stringify(value)}) must be between 4 and 63 characters`]),
        ...(/^[a-z][a-z0-9-]*$/.test(value)
          ? []
          : [`"${name}" (${JSON.stringify(value)}) must begin with [a-z] and contain only [a-z0-9-]`]),
      ]),
      worded("parent", (value, name) =>
        /^(projects|folders|organizations)\/[^/]+$/.test(value)
          ? []
          : [`expected ${name} to be projects/ID, folders/NUMBER or organizations/NUMBER, got ${value}`],
      ),
      within("requester_justification_config", exactlyOneOf("not_mandatory", "unstructured")),
      deletedPrincipals("eligible_users.principals"),
      deletedPrincipals("approval_workflow.manual_approvals.steps.approvers.principals"),
      oneOf("privileged_access.gcp_iam_access.resource_type", [
        "cloudresourcemanager.googleapis.com/Project",
        "cloudresourcemanager.googleapis.com/Folder",
        "cloudresourcemanager.googleapis.com/Organization",
      ]),
    ),
    computed: (_values, _context, id) => ({
      name: id,
      state: "AVAILABLE",
      create_time: creationTime,
      update_time: creationTime,
      etag: fingerprintOf(id),
    }),
    exists: (id) => [`Requested entity already exists: ${id}`],
    refuse: refuseEntitlement,
  }),
];

/** What Privileged Access Manager refuses at apply. */
function refuseEntitlement(values: JsonObject, context: RuleContext, action: string): Violation | undefined {
  const refusal = (message: string, path: string, code = 400) =>
    googleRefusal(action, code, message, undefined, path.split("."));
  const { requestDuration, eligiblePrincipals, approvals } = privilegedAccessLimits;
  const seconds = Number(/^(\d+)s$/.exec(text(values, "max_request_duration") ?? "")?.[1] ?? Number.NaN);
  if (!(seconds >= requestDuration.least && seconds <= requestDuration.most))
    return refusal("max_request_duration must be between 30 minutes and 7 days.", "max_request_duration");
  const steps = blocks(block(block(values, "approval_workflow") ?? {}, "manual_approvals") ?? {}, "steps");
  const lists = [...blocks(values, "eligible_users"), ...steps.flatMap((step) => blocks(step, "approvers"))];
  if (lists.some((one) => texts(one, "principals").length > eligiblePrincipals))
    return refusal(`At most ${eligiblePrincipals} principals are allowed.`, "eligible_users");
  if (steps.length > 1 || steps.some(({ approvals_needed: needed }) => (needed ?? approvals) !== approvals))
    return refusal("approvals_needed: 1 is the only supported value, in one step.", "approval_workflow");
  const access = block(block(values, "privileged_access") ?? {}, "gcp_iam_access") ?? {};
  const role = blocks(access, "role_bindings")
    .map((binding) => text(binding, "role") ?? "")
    .find((name) => basicRoles.has(name) || /serviceAgent$/i.test(name));
  if (role !== undefined) return refusal(`Role ${role} is not supported.`, "privileged_access");
  return agentMissing(values, context)
    ? refusal(
        "PAM's Service Account was denied access to the resource. Complete the PAM setup process to grant the required permissions and try again.",
        "privileged_access",
        403,
      )
    : undefined;
}

/** Whether the organization's agent may not change the policy of the project; folders and organizations are not looked at. */
function agentMissing(values: JsonObject, context: RuleContext): boolean {
  const named = /^projects\/(.+)$/.exec(text(values, "parent") ?? "")?.[1];
  const project = named === undefined ? undefined : findProject(named, context);
  if (project === undefined) return false;
  const agent = new RegExp(`^serviceAccount:${privilegedAccessAgent("\\d+").replaceAll(".", "\\.")}$`);
  return !context.store
    .ofType("google_project_iam_member")
    .some(
      ({ values: member }) =>
        findProject(text(member, "project") ?? "", context) === project &&
        text(member, "role") === privilegedAccessAgentRole &&
        agent.test(text(member, "member") ?? ""),
    );
}
