import { createHash } from "node:crypto";
import { microsoftGraphOrigin } from "../../../facts/entra";
import type { Application, EntraDirectory } from "./directory";

/** A person of the tenant. */
export interface EntraPerson {
  readonly key: string;
  readonly displayName: string;
  readonly email: string;
  readonly entraObjectId: string;
  /** Object ids of their groups. */
  readonly entraGroups: readonly string[];
  /** Object id of the person whom they report to. */
  readonly entraManager?: string;
}

/** Groups that fit in an ID token; with more, none is listed. */
const mostGroups = 200;

/** Whether the person may sign in to the application: directly assigned, through a group, or no assignment needed. */
export function isAssigned(directory: EntraDirectory, application: Application, person: EntraPerson): boolean {
  if (application.servicePrincipal?.assignmentRequired !== true) return true;
  const assigned = directory.assignedPrincipals(application);
  return [person.entraObjectId, ...person.entraGroups].some((id) => assigned.has(id));
}

/** Another one for each application, so never the identity to grant access to. */
export const pairwiseSubject = (tenantId: string, clientId: string, objectId: string): string =>
  createHash("sha256").update(`${tenantId}/${clientId}/${objectId}`).digest("base64url");

/**
 * Claims of a version 2.0 ID token, beside those that every ID token has.
 * Source: learn.microsoft.com/entra/identity-platform/id-token-claims-reference.
 */
export function idTokenClaims(
  directory: EntraDirectory,
  tenantId: string,
  application: Application,
  person: EntraPerson,
): Record<string, unknown> {
  const roles = directory.appRoles(application, [person.entraObjectId, ...person.entraGroups]);
  return {
    sub: pairwiseSubject(tenantId, application.clientId, person.entraObjectId),
    oid: person.entraObjectId,
    tid: tenantId,
    ver: "2.0",
    nbf: Math.floor(Date.now() / 1000),
    name: person.displayName,
    preferred_username: person.email,
    email: person.email,
    ...(roles.length === 0 ? {} : { roles }),
    ...groupClaims(directory, application, person),
  };
}

function groupClaims(
  directory: EntraDirectory,
  application: Application,
  person: EntraPerson,
): Record<string, unknown> {
  const groups = listedGroups(directory, application, person);
  if (groups.length === 0) return {};
  if (groups.length <= mostGroups) return { groups };
  return {
    _claim_names: { groups: "src1" },
    _claim_sources: {
      src1: { endpoint: `${microsoftGraphOrigin}/v1.0/users/${person.entraObjectId}/getMemberObjects` },
    },
  };
}

function listedGroups(directory: EntraDirectory, application: Application, person: EntraPerson): readonly string[] {
  const claims = application.groupMembershipClaims;
  if (claims.includes("SecurityGroup") || claims.includes("All")) return person.entraGroups;
  if (!claims.includes("ApplicationGroup")) return [];
  const assigned = directory.assignedPrincipals(application);
  return person.entraGroups.filter((group) => assigned.has(group));
}
