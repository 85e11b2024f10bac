import { basicRoles } from "../../facts/roles";
import type { Roles } from "../access/roles";

/**
 * Whoever holds one of these may give the right to become an account, to others or to itself.
 * Source: cloud.google.com/iam/docs/best-practices-service-accounts.
 */
const escalations: ReadonlySet<string> = new Set([
  "roles/owner",
  "roles/editor",
  "roles/iam.serviceAccountAdmin",
  "roles/iam.serviceAccountKeyAdmin",
  "roles/iam.securityAdmin",
  "roles/iam.workloadIdentityPoolAdmin",
  "roles/iam.workforcePoolAdmin",
  "roles/privilegedaccessmanager.admin",
  "roles/resourcemanager.projectIamAdmin",
  "roles/resourcemanager.folderAdmin",
  "roles/resourcemanager.folderIamAdmin",
  "roles/resourcemanager.organizationAdmin",
]);

/** The same by single permissions, of which custom roles are made. */
const escalatingPermissions: readonly string[] = [
  "iam.roles.update",
  "iam.serviceAccountKeys.create",
  "iam.serviceAccounts.setIamPolicy",
  "iam.workforcePoolProviders.create",
  "iam.workforcePoolProviders.update",
  "iam.workloadIdentityPoolProviders.create",
  "iam.workloadIdentityPoolProviders.update",
  "resourcemanager.folders.setIamPolicy",
  "resourcemanager.organizations.setIamPolicy",
  "resourcemanager.projects.setIamPolicy",
];

export const escalates = (roles: Roles, role: string): boolean =>
  escalations.has(role) || holdsOneOf(roles.permissionsOf(role), escalatingPermissions);

const holdsOneOf = (permissions: ReadonlySet<string> | undefined, wanted: readonly string[]): boolean =>
  wanted.some((permission) => permissions?.has(permission));

/** Predefined roles that by their name only look. */
const onlyLooks = (role: string): boolean => /^roles\/([A-Za-z0-9.]*(viewer|reader|reviewer)|browser)$/i.test(role);

/** Permissions that let nothing be changed; queries and quota change nothing by themselves. */
const harmless =
  /\.(get|list|getData|getIamPolicy|getAccessToken|getOpenIdToken|export|access|use)$|^bigquery\.(jobs\.create|config\.get)$/;

/** Whether a role lets its holder change anything; one that is not known here is taken to, unless it only looks. */
export function changesSomething(roles: Roles, role: string): boolean {
  const permissions = roles.permissionsOf(role);
  return permissions === undefined
    ? !onlyLooks(role)
    : [...permissions].some((permission) => !harmless.test(permission));
}

const accessToken = "iam.serviceAccounts.getAccessToken";
const becomePermissions = [accessToken, "iam.serviceAccounts.getOpenIdToken"];
/**
 * What is signed as an account is exchanged for its tokens; a delegate of an account gets tokens of those that it may become.
 * Source: cloud.google.com/iam/docs/service-account-permissions.
 */
const signingPermissions = [
  "iam.serviceAccounts.signJwt",
  "iam.serviceAccounts.signBlob",
  "iam.serviceAccounts.implicitDelegation",
];

/** Whether a role gives access tokens, by which one goes on; an ID token leads no further. */
export function leadsOn(roles: Roles, role: string): boolean {
  const permissions = roles.permissionsOf(role);
  return (
    permissions === undefined || holdsOneOf(permissions, [accessToken, ...signingPermissions]) || escalates(roles, role)
  );
}

/**
 * Whether a role lets its members become accounts: empty where it does, undefined where it does not, else what is not known
 * of it.
 */
export function doubtOfBecoming(
  roles: Roles,
  role: string,
  scope: "account" | "project" | "folder" | "organization",
): readonly string[] | undefined {
  const permissions = roles.permissionsOf(role);
  if (holdsOneOf(permissions, becomePermissions)) return [];
  if (holdsOneOf(permissions, signingPermissions))
    return [`${role} lets its members sign as an account, or be its delegates, which is not evaluated here`];
  if (escalates(roles, role))
    return [`${role} lets its members change who may become an account, and they are not named as administrators`];
  if (permissions !== undefined) return undefined;
  // Predefined roles of other services do not hold the permission; those of Google's own agents may.
  const predefined = role.startsWith("roles/");
  if (predefined && (basicRoles.has(role) || onlyLooks(role) || !/^roles\/iam\.|serviceAgent$/.test(role)))
    return undefined;
  return [`the permissions of ${role}, granted on the ${scope}, are not known here`];
}
