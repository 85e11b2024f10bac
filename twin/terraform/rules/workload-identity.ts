import { all, type Check, exactlyOneOf, worded } from "./checks";
import { refuseCondition } from "./claims-condition";
import { googleRefusal } from "./google-refusal";
import { findNamed, googleResource, type RulesOfType } from "./google-resource";
import { providerAgainstPolicies } from "./organization-policy-enforcement";
import { projectOf } from "./project";
import { text } from "./values";
import { refuseCredential, workloadCredentialCheck } from "./workload-credential";

/** Ids of workload pools and providers. Words: the Google provider's. */
export const workloadId = (argument: string): Check =>
  worded(argument, (value) => [
    ...(value.startsWith("gcp-") ? [`"${argument}" (${JSON.stringify(value)}) can not start with "gcp-"`] : []),
    ...(/^[0-9a-z-]+$/.test(value)
      ? []
      : [`"${argument}" must contain only lowercase letters (a-z), numbers (0-9), or dashes (-)`]),
    ...(value.length < 4 ? [`"${argument}" cannot be smaller than 4 characters`] : []),
    ...(value.length > 32 ? [`"${argument}" cannot be greater than 32 characters`] : []),
  ]);

export const alreadyExists = (): readonly [string] => ["Requested entity already exists"];
const notFound = "Requested entity was not found.";

const pools = "projects/{project}/locations/global/workloadIdentityPools";
const poolName = (project: { readonly number: string }, pool: string | undefined) =>
  `projects/${project.number}/locations/global/workloadIdentityPools/${pool ?? ""}`;

/** Workload identity federation. Source: the Google provider 6.50, package iambeta; the IAM API's reference. */
export const workloadIdentityRules: readonly RulesOfType[] = [
  googleResource({
    type: "google_iam_workload_identity_pool",
    label: "WorkloadIdentityPool",
    id: `${pools}/{workload_identity_pool_id}`,
    importForms: ["{project}/{workload_identity_pool_id}", "{workload_identity_pool_id}"],
    forceNew: ["workload_identity_pool_id", "project"],
    check: workloadId("workload_identity_pool_id"),
    computed: (values, context) => ({
      name: poolName(projectOf(values, context), text(values, "workload_identity_pool_id")),
      state: "ACTIVE",
    }),
    exists: alreadyExists,
    softDelete: true,
  }),
  googleResource({
    type: "google_iam_workload_identity_pool_provider",
    label: "WorkloadIdentityPoolProvider",
    id: `${pools}/{workload_identity_pool_id}/providers/{workload_identity_pool_provider_id}`,
    importForms: [
      "{project}/{workload_identity_pool_id}/{workload_identity_pool_provider_id}",
      "{workload_identity_pool_id}/{workload_identity_pool_provider_id}",
    ],
    forceNew: ["workload_identity_pool_id", "workload_identity_pool_provider_id", "project"],
    check: all(
      workloadId("workload_identity_pool_provider_id"),
      exactlyOneOf("aws", "oidc", "saml", "x509"),
      workloadCredentialCheck,
    ),
    computed: (values, context) => {
      const pool = poolName(projectOf(values, context), text(values, "workload_identity_pool_id"));
      return { name: `${pool}/providers/${text(values, "workload_identity_pool_provider_id") ?? ""}`, state: "ACTIVE" };
    },
    exists: alreadyExists,
    refuse: (values, context, action) => {
      const pool = poolName(projectOf(values, context), text(values, "workload_identity_pool_id"));
      if (findNamed(context, "google_iam_workload_identity_pool", pool) === undefined)
        return googleRefusal(action, 404, notFound);
      return (
        refuseCondition(values, action) ??
        refuseCredential(values, action) ??
        providerAgainstPolicies(values, context, action)
      );
    },
    softDelete: true,
  }),
];
