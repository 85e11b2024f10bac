import type { Construct } from "constructs";
import { githubActionsIssuer } from "../../facts/issuers";
import { allOf, type Condition, claimsOf } from "./condition";
import type { Principal } from "./principal";
import { requireForm, requireSome } from "./property-error";
import { type PoolPlacement, WorkloadIdentityPool } from "./workload-identity-pool";

/** Names of owners and repositories are left out: after a rename somebody else may take them. */
const claims = claimsOf({
  repository_id: "identity",
  repository_owner_id: "identity",
  ref: "text",
  ref_type: "text",
  event_name: "text",
});

/** Events by which only somebody who may write to the repository starts a workflow; a pull request is none of them. */
const trustedEvents = ["push", "workflow_dispatch", "schedule"] as const;

export interface GitHubActionsProps extends PoolPlacement {
  /** Numeric ids, which GitHub writes as strings. */
  readonly ownerId: string;
  readonly repositoryId: string;
  /** Names of the branches admitted, without `refs/heads/`; "any" admits each branch, but no tag. */
  readonly branches: "any" | readonly string[];
}

/**
 * GitHub Actions of one repository, on branches and by trusted events only. `sub` is never read: a repository may
 * change its form. Source: docs.github.com/actions/reference/security/oidc.
 */
export class GitHubActions extends WorkloadIdentityPool<
  "repository_id" | "repository_owner_id" | "ref" | "event_name"
> {
  /** All workflows that the condition admits. */
  readonly workflows: Principal;

  /** @throws PropertyError when an id is not numeric or no branch is named */
  constructor(scope: Construct, id: string, props: GitHubActionsProps) {
    const numeric = (name: string, value: string) =>
      requireForm(scope, name, value, /^[0-9]+$/, "expected a numeric id");
    super(scope, id, {
      ...props,
      issuer: "github",
      displayName: `GitHub Actions, ${props.environment}`,
      mapping: {
        subject: `'repository:' + ${claims.repository_id.expression}`,
        attributes: {
          repository_id: claims.repository_id.expression,
          repository_owner_id: claims.repository_owner_id.expression,
          ref: claims.ref.expression,
          event_name: claims.event_name.expression,
        },
      },
      condition: allOf(
        claims.repository_id.is(numeric("repositoryId", props.repositoryId)),
        claims.repository_owner_id.is(numeric("ownerId", props.ownerId)),
        claims.ref_type.is("branch"),
        admittedBranches(scope, props.branches),
        claims.event_name.isOneOf(trustedEvents),
      ),
      credential: { oidc: { issuerUri: githubActionsIssuer } },
    });
    this.workflows = this.attribute("repository_id", props.repositoryId);
  }
}

/** With "any", `refs/heads/` still keeps out the merge refs of pull requests, whose ref_type is "branch" too. */
function admittedBranches(scope: Construct, branches: GitHubActionsProps["branches"]): Condition<"open"> {
  if (branches === "any") return claims.ref.startsWith("refs/heads/");
  const [first, ...others] = requireSome(scope, "branches", branches);
  return claims.ref.isOneOf([`refs/heads/${first}`, ...others.map((branch) => `refs/heads/${branch}`)]);
}
