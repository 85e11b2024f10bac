/**
 * Names and values of organization policy constraints.
 * Source: cloud.google.com/resource-manager/docs/organization-policy/org-policy-constraints;
 * cloud.google.com/iam/docs/best-practices-for-managing-service-account-keys.
 */
export const constraints = {
  serviceAccountKeyCreation: "iam.disableServiceAccountKeyCreation",
  /** The managed constraint of the same intent is another constraint: either can be on without the other. */
  managedServiceAccountKeyCreation: "iam.managed.disableServiceAccountKeyCreation",
  serviceAccountKeyUpload: "iam.disableServiceAccountKeyUpload",
  managedServiceAccountKeyUpload: "iam.managed.disableServiceAccountKeyUpload",
  serviceAccountKeyExposureResponse: "iam.serviceAccountKeyExposureResponse",
  credentialLifetimeExtension: "iam.allowServiceAccountCredentialLifetimeExtension",
  automaticGrants: "iam.automaticIamGrantsForDefaultServiceAccounts",
  workloadIdentityPoolProviders: "iam.workloadIdentityPoolProviders",
  workloadIdentityPoolAwsAccounts: "iam.workloadIdentityPoolAwsAccounts",
  allowedPolicyMemberDomains: "iam.allowedPolicyMemberDomains",
  allowedPolicyMembers: "iam.managed.allowedPolicyMembers",
  runAllowedIngress: "run.allowedIngress",
  runRequireInvokerIam: "run.managed.requireInvokerIam",
} as const;
export type Constraint = (typeof constraints)[keyof typeof constraints];

/** What stands in the list of allowed issuers for AWS, and for providers with uploaded keys (SAML, JWKS). */
export const awsIssuerOfConstraint = "https://sts.amazonaws.com";
export const uploadedKeysOfConstraint = "KEY_UPLOAD";

/** Values of `run.allowedIngress` for each ingress of a Cloud Run service. */
export const ingressOfConstraint: ReadonlyMap<string, string> = new Map([
  ["INGRESS_TRAFFIC_ALL", "all"],
  ["INGRESS_TRAFFIC_INTERNAL_ONLY", "internal"],
  ["INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER", "internal-and-cloud-load-balancing"],
]);

export const keyExposureResponse = "DISABLE_KEY";

/** Characters of a custom constraint. Source: cloud.google.com/resource-manager/docs/organization-policy/creating-managing-custom-constraints. */
export const customConstraintLimits = { conditionCharacters: 1000, displayNameCharacters: 200 } as const;
export const customConstraintNamePattern = /^custom\.[a-zA-Z0-9]{1,63}$/;
export const workloadProviderResourceType = "iam.googleapis.com/WorkloadIdentityPoolProvider";

/** A customer of Google Workspace or Cloud Identity. */
export const customerIdPattern = /^C[0-9a-z]{6,12}$/;
/** The principal set of an organization, which holds its own pools too. */
export const organizationPrincipalSet = (organizationId: string): string =>
  `//cloudresourcemanager.googleapis.com/organizations/${organizationId}`;
/** The principal set of a project: its service accounts and workload identity pools. */
export const projectPrincipalSet = (projectNumber: string): string =>
  `//cloudresourcemanager.googleapis.com/projects/${projectNumber}`;
