/**
 * The predefined roles that are granted, with those of their permissions that are decided on; a role's other
 * permissions, and roles that are not listed, grant nothing here.
 * Source: cloud.google.com/iam/docs/roles-permissions, pages iam, bigquery, run, iap, secretmanager, serviceusage.
 */
export const rolePermissions: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    "roles/iam.workloadIdentityUser": [
      "iam.serviceAccounts.get",
      "iam.serviceAccounts.getAccessToken",
      "iam.serviceAccounts.getOpenIdToken",
      "iam.serviceAccounts.list",
    ],
    "roles/iam.serviceAccountTokenCreator": [
      "iam.serviceAccounts.get",
      "iam.serviceAccounts.getAccessToken",
      "iam.serviceAccounts.getOpenIdToken",
      "iam.serviceAccounts.implicitDelegation",
      "iam.serviceAccounts.list",
      "iam.serviceAccounts.signBlob",
      "iam.serviceAccounts.signJwt",
    ],
    "roles/iam.serviceAccountOpenIdTokenCreator": ["iam.serviceAccounts.getOpenIdToken"],
    "roles/iam.serviceAccountUser": [
      "iam.serviceAccounts.actAs",
      "iam.serviceAccounts.get",
      "iam.serviceAccounts.list",
      "resourcemanager.projects.get",
    ],
    "roles/bigquery.metadataViewer": [
      "bigquery.datasets.get",
      "bigquery.datasets.getIamPolicy",
      "bigquery.tables.get",
      "bigquery.tables.getIamPolicy",
      "bigquery.tables.list",
    ],
    "roles/bigquery.dataViewer": [
      "bigquery.datasets.get",
      "bigquery.datasets.getIamPolicy",
      "bigquery.tables.export",
      "bigquery.tables.get",
      "bigquery.tables.getData",
      "bigquery.tables.getIamPolicy",
      "bigquery.tables.list",
    ],
    "roles/bigquery.dataEditor": [
      "bigquery.datasets.create",
      "bigquery.datasets.get",
      "bigquery.datasets.getIamPolicy",
      "bigquery.tables.create",
      "bigquery.tables.delete",
      "bigquery.tables.export",
      "bigquery.tables.get",
      "bigquery.tables.getData",
      "bigquery.tables.getIamPolicy",
      "bigquery.tables.list",
      "bigquery.tables.update",
      "bigquery.tables.updateData",
    ],
    "roles/bigquery.jobUser": ["bigquery.config.get", "bigquery.jobs.create", "resourcemanager.projects.get"],
    "roles/run.invoker": ["run.jobs.run", "run.routes.invoke"],
    "roles/iap.httpsResourceAccessor": ["iap.webServiceVersions.accessViaIAP"],
    "roles/secretmanager.secretAccessor": ["resourcemanager.projects.get", "secretmanager.versions.access"],
    "roles/serviceusage.serviceUsageConsumer": [
      "serviceusage.services.get",
      "serviceusage.services.list",
      "serviceusage.services.use",
    ],
  }).map(([role, permissions]) => [role, new Set(permissions)]),
);

/** Roles that sign as a service account, or make a key of it; not needed to get its tokens. */
export const signingRoles: readonly string[] = [
  "roles/iam.serviceAccountTokenCreator",
  "roles/iam.serviceAccountKeyAdmin",
  "roles/iam.serviceAccountOpenIdTokenCreator",
];

/** Roles by which somebody becomes a service account: on a project, each one of it. */
export const impersonatingRoles: readonly string[] = ["roles/iam.workloadIdentityUser", ...signingRoles];

/** Roles that change policies, of a project or of its accounts: whoever has one may give themselves any other. */
export const policyChangingRoles: readonly string[] = [
  "roles/iam.securityAdmin",
  "roles/iam.serviceAccountAdmin",
  "roles/resourcemanager.projectIamAdmin",
];

/** Permissions by which a custom role signs as an account, or makes a key of it. */
export const signingPermissions: readonly string[] = [
  "iam.serviceAccounts.implicitDelegation",
  "iam.serviceAccounts.signBlob",
  "iam.serviceAccounts.signJwt",
  "iam.serviceAccountKeys.create",
];

/** Basic roles: an IAM condition is not admitted on a binding of these. Source: cloud.google.com/iam/docs/conditions-overview. */
export const basicRoles: ReadonlySet<string> = new Set(["roles/owner", "roles/editor", "roles/viewer"]);

/** Operators `&&`, `||` and `!` that an IAM condition may hold. Source: cloud.google.com/iam/quotas. */
export const conditionLogicalOperators = 12;

/** Members that stand for everyone: an IAM condition is not admitted on a binding of these. */
export const publicMembers = { everyone: "allUsers", everyGoogleIdentity: "allAuthenticatedUsers" } as const;
