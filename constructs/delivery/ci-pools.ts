import type { Construct } from "constructs";
import { githubActionsIssuer } from "../../facts/issuers";
import { claimsOf } from "../federation/claim";
import { allOf, anyOf } from "../federation/condition";
import type { Principal } from "../federation/principal";
import { requireForm } from "../federation/property-error";
import { type PoolPlacement, WorkloadIdentityPool } from "../federation/workload-identity-pool";

const claims = claimsOf({
  repository_id: "identity",
  repository_owner_id: "identity",
  ref: "text",
  base_ref: "text",
  event_name: "text",
  environment: "text",
  job_workflow_ref: "text",
});

/** The repository whose workflows plan and deploy. */
export interface CiRepository {
  /** Numeric ids, which GitHub writes as strings. */
  readonly ownerId: string;
  readonly repositoryId: string;
  /** `OWNER/NAME`: what `job_workflow_ref` begins with. The ids decide; after a rename nothing is admitted until this follows. */
  readonly repositoryName: string;
  /** The branch that is deployed, without `refs/heads/`. */
  readonly branch: string;
}

export interface CiPoolProps extends PoolPlacement {
  readonly repository: CiRepository;
}

const mapping = {
  subject: `'repository:' + ${claims.repository_id.expression}`,
  attributes: {
    repository_id: claims.repository_id.expression,
    event_name: claims.event_name.expression,
    ref: claims.ref.expression,
  },
};

type Mapped = keyof (typeof mapping)["attributes"];

/**
 * Jobs that plan: of pull requests to the deployed branch, and of that branch itself. A fork's pull request gets no token
 * from GitHub, unless a repository's settings send write tokens to forks: they must not. `pull_request_target` runs on the
 * branch with a fork's input, and is not admitted.
 * Source: docs.github.com/actions/reference/security/oidc.
 */
export class PlanJobs extends WorkloadIdentityPool<Mapped> {
  readonly jobs: Principal;

  /** @throws PropertyError */
  constructor(scope: Construct, id: string, props: CiPoolProps) {
    const { repositoryId, ownerId, branch } = checked(scope, props.repository);
    super(scope, id, {
      ...props,
      issuer: "ci-plan",
      displayName: `CI plans, ${props.environment}`,
      mapping,
      condition: allOf(
        claims.repository_id.is(repositoryId),
        claims.repository_owner_id.is(ownerId),
        anyOf(
          allOf(claims.event_name.is("pull_request"), claims.base_ref.is(branch)),
          allOf(
            claims.ref.is(`refs/heads/${branch}`),
            claims.event_name.isOneOf(["push", "schedule", "workflow_dispatch"]),
          ),
        ),
      ),
      credential: { oidc: { issuerUri: githubActionsIssuer } },
    });
    this.jobs = this.attribute("repository_id", repositoryId);
  }
}

/** The workflow that deploys. */
export const deployWorkflow = ".github/workflows/deploy.yml";

/**
 * Jobs that deploy: of one workflow on the deployed branch, in the GitHub environment of the same name, whose reviewers
 * have approved. In a pool of its own, so that nothing that plans can ever have its principals.
 */
export class ApplyJobs extends WorkloadIdentityPool<Mapped> {
  readonly jobs: Principal;

  /** @throws PropertyError */
  constructor(scope: Construct, id: string, props: CiPoolProps) {
    const { repositoryId, ownerId, branch, repositoryName } = checked(scope, props.repository);
    const ref = `refs/heads/${branch}`;
    super(scope, id, {
      ...props,
      issuer: "ci-apply",
      displayName: `CI deployments, ${props.environment}`,
      mapping,
      condition: allOf(
        claims.repository_id.is(repositoryId),
        claims.repository_owner_id.is(ownerId),
        claims.ref.is(ref),
        claims.event_name.isOneOf(["push", "workflow_dispatch"]),
        claims.environment.is(props.environment),
        claims.job_workflow_ref.is(`${repositoryName}/${deployWorkflow}@${ref}`),
      ),
      credential: { oidc: { issuerUri: githubActionsIssuer } },
    });
    this.jobs = this.attribute("repository_id", repositoryId);
  }
}

function checked(scope: Construct, repository: CiRepository): CiRepository {
  const { ownerId, repositoryId, repositoryName, branch } = repository;
  requireForm(scope, "repository.ownerId", ownerId, /^[0-9]+$/, "expected a numeric id");
  requireForm(scope, "repository.repositoryId", repositoryId, /^[0-9]+$/, "expected a numeric id");
  requireForm(scope, "repository.repositoryName", repositoryName, /^[\w.-]+\/[\w.-]+$/, "expected OWNER/NAME");
  requireForm(scope, "repository.branch", branch, /^(?!refs\/)[\w./-]+$/, "expected the name of a branch");
  return repository;
}
