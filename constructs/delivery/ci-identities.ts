import { ProjectIamMember } from "@cdktf/provider-google/lib/project-iam-member";
import { Construct } from "constructs";
import { PurposeServiceAccount } from "../access/purpose-service-account";
import { CiEntraApplication } from "./ci-entra-application";
import { ApplyJobs, type CiPoolProps, type CiRepository, PlanJobs } from "./ci-pools";
import { applyRoles, grantsOnly, planRoles, projectIamAdmin } from "./ci-roles";

export interface CiIdentitiesProps extends CiPoolProps {
  /** Roles that the stack grants on its project; the only ones that a deployment may grant or take there. */
  readonly grantedRoles: readonly string[];
}

/** Whom jobs of CI become. */
export interface CiIdentity {
  /** What a job exchanges its token for. */
  readonly audience: string;
  /** The service account, `ACCOUNT@PROJECT.iam.gserviceaccount.com`. */
  readonly account: string;
  /** The application in Entra. */
  readonly clientId: string;
}

/**
 * The two identities of CI in an environment, without keys: one that reads, for plans and drift detection, and one that
 * deploys. Neither may do anything beyond the project; what they need of the organization (workforce pools), of the state's
 * bucket and of the directory is granted once by those who own these.
 */
export class CiIdentities extends Construct {
  readonly plan: CiIdentity;
  readonly apply: CiIdentity;

  /** @throws PropertyError */
  constructor(scope: Construct, id: string, props: CiIdentitiesProps) {
    super(scope, id);
    const { environment, repository } = props;
    const planJobs = new PlanJobs(this, "plan-pool", props);
    const planAccount = this.#account("plan", "CI: plans and drift detection, read only", props);
    planAccount.grantBecome(planJobs.jobs, "become-by-jobs");
    for (const role of planRoles) this.#grant(planAccount, "plan", role, props);
    const applyJobs = new ApplyJobs(this, "apply-pool", props);
    const applyAccount = this.#account("apply", "CI: deployments", props);
    applyAccount.grantBecome(applyJobs.jobs, "become-by-jobs");
    for (const role of applyRoles) this.#grant(applyAccount, "apply", role, props);
    new ProjectIamMember(this, "apply-grants", {
      project: props.projectId,
      role: projectIamAdmin,
      member: applyAccount.member,
      condition: {
        title: "Only the roles of the stack",
        description: "A deployment cannot give itself or others any other role",
        expression: grantsOnly(props.grantedRoles),
      },
    });

    const subject = subjectsOf(repository);
    const planEntra = new CiEntraApplication(this, "plan-entra", {
      displayName: `CI plans (${environment})`,
      subjects: { "pull-request": subject.pullRequest, branch: subject.branch },
    });
    const applyEntra = new CiEntraApplication(this, "apply-entra", {
      displayName: `CI deployments (${environment})`,
      subjects: { environment: subject.environment(environment) },
    });
    this.plan = { audience: planJobs.audience, account: planAccount.email, clientId: planEntra.clientId };
    this.apply = { audience: applyJobs.audience, account: applyAccount.email, clientId: applyEntra.clientId };
  }

  #account(kind: "plan" | "apply", purpose: string, props: CiIdentitiesProps): PurposeServiceAccount {
    return new PurposeServiceAccount(this, kind, {
      accountId: `ci-${kind}-${props.environment}`,
      purpose,
      projectId: props.projectId,
    });
  }

  #grant(account: PurposeServiceAccount, kind: "plan" | "apply", role: string, { projectId }: CiIdentitiesProps): void {
    new ProjectIamMember(this, `${kind}-${role.replace("roles/", "")}`, {
      project: projectId,
      role,
      member: account.member,
    });
  }
}

/**
 * Subjects of GitHub's tokens in the immutable form, which holds names and ids: a repository of the same name has others.
 * Source: docs.github.com/actions/reference/security/oidc.
 */
function subjectsOf({ ownerId, repositoryId, repositoryName, branch }: CiRepository) {
  const [owner = "", name = ""] = repositoryName.split("/");
  const repository = `repo:${owner}@${ownerId}/${name}@${repositoryId}`;
  return {
    pullRequest: `${repository}:pull_request`,
    branch: `${repository}:ref:refs/heads/${branch}`,
    environment: (environment: string) => `${repository}:environment:${environment}`,
  };
}
