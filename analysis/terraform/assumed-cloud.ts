import { readTerraformJson } from "./configuration";
import { isList } from "./path";
import { type ResolveOptions, resolveConfiguration } from "./resolve";
import type { Json, JsonObject, Resource } from "./resource";
import type { UnresolvedValues } from "./unresolved";

type Rule = (values: JsonObject, unresolved: UnresolvedValues) => JsonObject;

const textOf = (values: JsonObject, name: string): string | undefined => {
  const value = values[name];
  return typeof value === "string" ? value : undefined;
};

const poolName = (values: JsonObject, unresolved: UnresolvedValues): string =>
  `projects/${numberOf(values, unresolved)}/locations/global/workloadIdentityPools/${lastSegment(textOf(values, "workload_identity_pool_id"))}`;
const workforcePoolName = (values: JsonObject): string =>
  `locations/global/workforcePools/${lastSegment(textOf(values, "workforce_pool_id"))}`;

const numberOf = (values: JsonObject, unresolved: UnresolvedValues): string => {
  const project = (textOf(values, "project") ?? "").replace(/^projects\//, "");
  return /^[0-9]+$/.test(project) ? project : unresolved.projectNumber(project);
};
const lastSegment = (name: string | undefined): string => (name ?? "").slice((name ?? "").lastIndexOf("/") + 1);

/** Names and e-mails that follow from what is declared, by type; the form is Google's. */
const rules: Readonly<Record<string, Rule>> = {
  google_iam_workload_identity_pool: (values, unresolved) => ({ name: poolName(values, unresolved), state: "ACTIVE" }),
  google_iam_workload_identity_pool_provider: (values, unresolved) => ({
    name: `${poolName(values, unresolved)}/providers/${lastSegment(textOf(values, "workload_identity_pool_provider_id"))}`,
    state: "ACTIVE",
  }),
  google_iam_workforce_pool: (values) => ({ name: workforcePoolName(values), state: "ACTIVE" }),
  google_iam_workforce_pool_provider: (values) => ({
    name: `${workforcePoolName(values)}/providers/${lastSegment(textOf(values, "provider_id"))}`,
    state: "ACTIVE",
  }),
  google_service_account: (values) => {
    const [id, project] = [textOf(values, "account_id"), textOf(values, "project")];
    if (id === undefined || project === undefined) return {};
    const email = `${id}@${project}.iam.gserviceaccount.com`;
    const name = `projects/${project}/serviceAccounts/${email}`;
    return { email, name, id: name, member: `serviceAccount:${email}` };
  },
  google_project_iam_custom_role: (values) => {
    const [id, project] = [textOf(values, "role_id"), textOf(values, "project")];
    if (id === undefined || project === undefined) return {};
    const name = `projects/${project}/roles/${id}`;
    return { name, id: name };
  },
  google_organization_iam_custom_role: (values) => {
    const [id, organization] = [textOf(values, "role_id"), textOf(values, "org_id")];
    if (id === undefined || organization === undefined) return {};
    const name = `organizations/${organization}/roles/${id}`;
    return { name, id: name };
  },
  // The data source that makes a policy's document out of its blocks.
  google_iam_policy: (values) => ({
    policy_data: JSON.stringify({ bindings: listOf(values["binding"]) }),
  }),
};

const listOf = (value: Json | undefined): readonly Json[] =>
  value === undefined || value === null ? [] : isList(value) ? value : [value];

/** What the cloud will certainly give a resource, as far as its arguments tell. */
export function assumedAttributes({ type, values }: Resource, unresolved: UnresolvedValues): JsonObject {
  return (Object.hasOwn(rules, type) ? rules[type]?.(values, unresolved) : undefined) ?? {};
}

/**
 * The resources of a stack's Terraform JSON before anything is applied: names are those that Google will form, and what
 * only the cloud or whoever applies can tell is a stand-in of `unresolved`.
 * @throws {TerraformConfigurationError} as readTerraformJson and resolveConfiguration do
 */
export function resolveUnapplied(
  text: string,
  stack: string,
  unresolved: UnresolvedValues,
  variables: NonNullable<ResolveOptions["variables"]> = {},
): Resource[] {
  return resolveConfiguration(readTerraformJson(text, stack), {
    variables,
    computed: (resource) => assumedAttributes(resource, unresolved),
    standIn: (reference, origin) => unresolved.standIn(stack, reference, origin),
  });
}
