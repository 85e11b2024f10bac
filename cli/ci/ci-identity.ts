import type { Environment } from "../../environments/schema";
import { UserError } from "../user-error";

export const ciKinds = ["plan", "apply"] as const;
export type CiKind = (typeof ciKinds)[number];

/** What a job needs to know of an identity of CI; the ids are those that `constructs/delivery` gives. */
export interface CiIdentity {
  readonly audience: string;
  readonly account: string;
}

/** @throws {UserError} where the environment has no identities for CI */
export function ciIdentity({ name, ci, generation, project }: Environment, kind: CiKind): CiIdentity {
  if (ci === undefined) throw new UserError(`environments/${name}.ts names no repository under "ci"`);
  const id = `ci-${kind}-${name}-${generation}`;
  return {
    audience: `//iam.googleapis.com/projects/${project.number}/locations/global/workloadIdentityPools/${id}/providers/${id}`,
    account: `ci-${kind}-${name}@${project.id}.iam.gserviceaccount.com`,
  };
}
