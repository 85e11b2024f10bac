import { basicRoles } from "../../facts/roles";
import type { Rank } from "./rank";

/** What a role lets its holder do, as far as it matters for ranking. */
export interface RolePower {
  readonly rank: Rank;
  /** Absent where there is nothing special to say. */
  readonly meaning?: string;
}

/** Roles that let their holder act as service accounts on which, or above which, they are granted. */
const impersonationRoles: ReadonlySet<string> = new Set([
  "roles/iam.serviceAccountTokenCreator",
  "roles/iam.serviceAccountOpenIdTokenCreator",
  "roles/iam.serviceAccountUser",
  "roles/iam.workloadIdentityUser",
]);

/** Of these, the ones that also sign in the account's name. */
const signingRole = "roles/iam.serviceAccountTokenCreator";

/** Roles with which one can give oneself, or others, further access. */
const grantingRoles =
  /^roles\/(iam\.(securityAdmin|serviceAccountAdmin|serviceAccountKeyAdmin|workloadIdentityPoolAdmin|workforcePoolAdmin|workforcePoolEditor|organizationRoleAdmin|roleAdmin|denyAdmin|principalAccessBoundaryAdmin|oauthClientAdmin)|resourcemanager\.(organizationAdmin|folderAdmin|folderIamAdmin|projectIamAdmin|tagAdmin)|orgpolicy\.policyAdmin|accesscontextmanager\.policy(Admin|Editor)|iap\.(admin|settingsAdmin)|privilegedaccessmanager\.(admin|projectServiceAgent)|secretmanager\.admin|cloudkms\.admin|storage\.admin|run\.admin|bigquery\.(admin|dataOwner)|cloudbuild\.builds\.(editor|builder)|deploymentmanager\.editor|compute\.(admin|instanceAdmin|osAdminLogin))$/;

/** Roles that neither read content nor change anything. */
const slightRoles =
  /^roles\/(bigquery\.(jobUser|metadataViewer)|logging\.logWriter|monitoring\.(metricWriter|viewer)|cloudtrace\.agent|serviceusage\.serviceUsage(Consumer|Viewer)|browser|errorreporting\.writer|cloudprofiler\.agent)$/;

const wideScopes: ReadonlySet<string> = new Set(["project", "folder", "organization", "billing account"]);

/**
 * @param role undefined where it is known only after apply
 * @param scopeKind kind of the resource that the binding sits on: "project", "service account"
 * Source: cloud.google.com/iam/docs/roles-permissions, cloud.google.com/iam/docs/best-practices-service-accounts.
 */
export function rolePower(role: string | undefined, scopeKind: string): RolePower {
  if (role === undefined) return { rank: "medium", meaning: "the role is not known yet" };
  if (role === "roles/owner") return { rank: "critical", meaning: "full control" };
  if (role === "roles/editor") return { rank: "high", meaning: "may change almost everything" };
  if (basicRoles.has(role)) return { rank: "high", meaning: "may read almost everything" };
  if (impersonationRoles.has(role)) return impersonationPower(role, scopeKind);
  if (grantingRoles.test(role)) return { rank: "high", meaning: "may give access to others or to itself" };
  if (slightRoles.test(role)) return { rank: "low" };
  if (!role.includes("/")) return datasetRolePower(role);
  if (!role.startsWith("roles/")) return { rank: "medium", meaning: "a custom role" };
  return /[aA]dmin$/.test(role) && wideScopes.has(scopeKind)
    ? { rank: "high", meaning: "administers the service" }
    : { rank: "medium" };
}

/** Roles of a dataset's own access list: READER, WRITER, OWNER. */
const datasetRolePower = (role: string): RolePower =>
  role === "OWNER" ? { rank: "high", meaning: "may give access to others or to itself" } : { rank: "medium" };

function impersonationPower(role: string, scopeKind: string): RolePower {
  if (wideScopes.has(scopeKind)) {
    return { rank: "critical", meaning: `may become every service account of the ${scopeKind}` };
  }
  return role === signingRole
    ? { rank: "high", meaning: "may become the account and sign in its name" }
    : { rank: "medium", meaning: "may become the account" };
}
