import type { Directory, DirectoryAnswer } from "./directory";
import type { Identity } from "./identity";
import type { Reader } from "./rows/reader";

/** A verified identity with what the directory says of it. */
export interface Person extends Identity, Reader {}

export type PersonAnswer =
  | { readonly ok: true; readonly person: Person }
  | Extract<DirectoryAnswer, { readonly ok: false }>;

/** Finds the groups and reports of a verified identity. */
export type FindPerson = (identity: Identity) => Promise<PersonAnswer>;

/**
 * @param principalPrefix Beginning of the principals of our workforce pool; what follows is the object id in Entra.
 * @param groups The only groups that count: of a thousand memberships an app is told those that it knows.
 */
export function createPersonLookup(
  directory: Directory,
  principalPrefix: string,
  groups: readonly string[],
): FindPerson {
  const known = new Set(groups);
  return async (identity) => {
    const answer = await directory.find(identity.principal.slice(principalPrefix.length));
    if (!answer.ok) return answer;
    const { membership } = answer;
    return {
      ok: true,
      person: {
        ...identity,
        groups: membership.groups.filter((group) => known.has(group)),
        reports: membership.reports.map((report) => `${principalPrefix}${report}`),
      },
    };
  };
}

/** A person of whom nothing is known but the assertion: their own rows, nobody else's. */
export const withoutMembership = (identity: Identity): Person => ({ ...identity, groups: [], reports: [] });
