import { TerraformOutput, type TerraformStack } from "cdktf";
import { CiIdentities } from "../constructs/delivery";
import type { PoolPlacement } from "../constructs/federation";
import { instanceUserRole } from "../facts/cloud-sql";
import type { Environment } from "./schema";

/**
 * Roles that an environment grants on its project. The identities' own roles are none of them: to change those, a person
 * deploys who may.
 */
export const rolesGrantedOnProject = ({ gateway }: Environment): readonly string[] => [
  "roles/bigquery.jobUser",
  ...(gateway.database === undefined ? [] : [instanceUserRole]),
];

/** E-mail of the account that deploys an environment; nobody where it names no repository. */
export const ciApplyAccount = ({ ci, name, project }: Environment): string | undefined =>
  ci === undefined ? undefined : `ci-apply-${name}@${project.id}.iam.gserviceaccount.com`;

/** Declares whom jobs of CI become, where the environment names a repository, and outputs what the jobs need to know. */
export function declareCi(stack: TerraformStack, environment: Environment, placement: PoolPlacement): void {
  const { ci } = environment;
  if (ci === undefined) return;
  const identities = new CiIdentities(stack, "ci", {
    ...placement,
    repository: ci,
    grantedRoles: rolesGrantedOnProject(environment),
  });
  for (const kind of ["plan", "apply"] as const) {
    const { audience, account, clientId } = identities[kind];
    const output = (name: string, description: string, value: string) =>
      new TerraformOutput(stack, `ci_${kind}_${name}`, { value, description, staticId: true });
    output("audience", `What a job that ${verbs[kind]} exchanges its token for`, audience);
    output("account", `Service account that a job becomes when it ${verbs[kind]}`, account);
    output("client_id", `Entra application that a job becomes when it ${verbs[kind]}`, clientId);
  }
}

const verbs = { plan: "plans", apply: "deploys" } as const;
