/**
 * What the identities of CI may do in a project. Predefined roles without basic ones: `roles/viewer` would read the data of
 * every dataset. Source: cloud.google.com/iam/docs/roles-permissions.
 */

/** To compare what is there with what is declared: configuration, policies, metadata; no data and no secret's content. */
export const planRoles = [
  "roles/artifactregistry.reader",
  "roles/bigquery.metadataViewer",
  "roles/browser",
  "roles/certificatemanager.viewer",
  "roles/cloudquotas.viewer",
  "roles/cloudsql.viewer",
  "roles/compute.viewer",
  "roles/iam.oauthClientViewer",
  "roles/iam.securityReviewer",
  "roles/iam.serviceAccountViewer",
  "roles/iam.workloadIdentityPoolViewer",
  "roles/iap.viewer",
  "roles/logging.viewer",
  "roles/monitoring.viewer",
  "roles/networksecurity.viewer",
  "roles/run.viewer",
  "roles/secretmanager.viewer",
  "roles/serviceusage.serviceUsageConsumer",
] as const;

/** To make what is declared so. Granting roles on the project comes on top, limited to some roles. */
export const applyRoles = [
  "roles/artifactregistry.admin",
  "roles/bigquery.dataOwner",
  "roles/certificatemanager.owner",
  "roles/cloudquotas.admin",
  "roles/cloudsql.admin",
  "roles/compute.loadBalancerAdmin",
  "roles/compute.networkAdmin",
  "roles/compute.securityAdmin",
  "roles/iam.oauthClientAdmin",
  "roles/iam.serviceAccountAdmin",
  "roles/iam.serviceAccountUser",
  "roles/iam.workloadIdentityPoolAdmin",
  "roles/iap.admin",
  "roles/iap.settingsAdmin",
  "roles/logging.configWriter",
  "roles/monitoring.editor",
  "roles/run.admin",
  "roles/secretmanager.admin",
  "roles/servicenetworking.networksAdmin",
  "roles/serviceusage.serviceUsageAdmin",
] as const;

export const projectIamAdmin = "roles/resourcemanager.projectIamAdmin";

/**
 * Holds for a change of the project's policy that touches no other roles than these. None of them may include the right to
 * change policies. Source: cloud.google.com/iam/docs/setting-limits-on-granting-roles.
 */
export const grantsOnly = (roles: readonly string[]): string =>
  `api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly([${roles.map((role) => `'${role}'`).join(", ")}])`;
