import type { Construct } from "constructs";
import { githubClaims } from "../../facts/issuer-claims";
import { githubActionsIssuer } from "../../facts/issuers";
import { allOf, anyOf, type Condition } from "./condition";
import { documentedClaims } from "./documented-claims";
import { numericForm } from "./fixed-id";
import { gitNameForm } from "./git-name";
import type { Principal } from "./principal";
import { type ConstructPlace, placeOf, requireForm, requireProperty, requireSome } from "./property-error";
import { type PoolPlacement, WorkloadIdentityPool } from "./workload-identity-pool";

/** Names of owners and repositories are left out, and `sub`, which holds them: after a rename somebody else may take them. */
const claims = documentedClaims(githubClaims);

/** Events by which only somebody who may write to the repository starts a workflow; a pull request is none of them. */
const trustedEvents = ["push", "workflow_dispatch", "schedule", "release"] as const;
export type TrustedGitHubEvent = (typeof trustedEvents)[number];
const usualEvents = ["push", "workflow_dispatch", "schedule"] as const;

/** A workflow file that the job must come from: one of the repository's own, or a reusable one of another. */
export interface GitHubWorkflow {
  /** `OWNER/NAME`. The ids decide beside it; after a rename nothing is admitted until this follows. */
  readonly repositoryName: string;
  /** Path of the file: `.github/workflows/deploy.yml`. */
  readonly file: string;
  /** Full ref that the file is taken from, `refs/heads/main` or `refs/tags/v1.2.3`, or the hash of a commit. */
  readonly ref: string;
}

export interface GitHubActionsProps extends PoolPlacement {
  /** Numeric ids, which GitHub writes as strings. */
  readonly ownerId: string;
  readonly repositoryId: string;
  /** Names of the branches admitted, without `refs/heads/`; "any" admits each branch, but no tag. */
  readonly branches: "any" | readonly string[];
  /** Beginning of the tags that are admitted beside the branches, such as `v`: whoever may push such a tag is admitted. */
  readonly tagPrefix?: string | undefined;
  /** The job's deployment environment, whose reviewers and branch rules GitHub enforces. */
  readonly deploymentEnvironment?: string | undefined;
  /** The workflow file that defines the job; any file of an admitted branch unless told. */
  readonly workflow?: GitHubWorkflow | undefined;
  /** Events that start the workflows admitted; push, workflow_dispatch and schedule unless told. */
  readonly events?: readonly TrustedGitHubEvent[] | undefined;
}

/**
 * GitHub Actions of one repository, on branches and by trusted events only. `sub` is never read: a repository may
 * change its form, and since 2026 new repositories have another one than old ones.
 * Source: docs.github.com/actions/reference/security/oidc.
 */
export class GitHubActions extends WorkloadIdentityPool<
  "repository_id" | "repository_owner_id" | "ref" | "event_name"
> {
  /** All workflows that the condition admits. */
  readonly workflows: Principal;

  /** @throws PropertyError when an id is not numeric, no branch is named, or a name is not one of git's or of GitHub's */
  constructor(scope: Construct, id: string, props: GitHubActionsProps) {
    const place = placeOf(scope, id);
    const numeric = (name: string, value: string) =>
      requireForm(place, name, value, numericForm.pattern, numericForm.rule);
    const { deploymentEnvironment, workflow } = props;
    const environmentRule = "expected the name of a deployment environment, at most 255 characters";
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
        ...admittedRefs(place, props),
        claims.event_name.isOneOf(admittedEvents(place, props.events ?? usualEvents)),
        ...(deploymentEnvironment === undefined
          ? []
          : [
              claims.environment.is(
                requireForm(
                  place,
                  "deploymentEnvironment",
                  deploymentEnvironment,
                  /^[^\p{C}'`"\\]{1,255}$/u,
                  environmentRule,
                ),
              ),
            ]),
        ...(workflow === undefined ? [] : [ofWorkflow(place, "workflow", workflow)]),
      ),
      credential: { oidc: { issuerUri: githubActionsIssuer } },
    });
    this.workflows = this.attribute("repository_id", props.repositoryId);
  }
}

/** With "any", `refs/heads/` still keeps out the merge refs of pull requests, whose ref_type is "branch" too. */
function admittedRefs(place: ConstructPlace, props: GitHubActionsProps): readonly Condition<"open">[] {
  const onBranches = [claims.ref_type.is("branch"), admittedBranches(place, props.branches)] as const;
  if (props.tagPrefix === undefined) return onBranches;
  const prefix = requireForm(place, "tagPrefix", props.tagPrefix, gitNameForm.pattern, gitNameForm.rule);
  return [anyOf(allOf(...onBranches), allOf(claims.ref_type.is("tag"), claims.ref.startsWith(`refs/tags/${prefix}`)))];
}

function admittedBranches(place: ConstructPlace, branches: GitHubActionsProps["branches"]): Condition<"open"> {
  if (branches === "any") return claims.ref.startsWith("refs/heads/");
  const property = "branches";
  const [first, ...others] = requireSome(place, property, branches);
  for (const branch of branches) requireForm(place, property, branch, gitNameForm.pattern, gitNameForm.rule);
  return claims.ref.isOneOf([`refs/heads/${first}`, ...others.map((branch) => `refs/heads/${branch}`)]);
}

function admittedEvents(place: ConstructPlace, events: readonly TrustedGitHubEvent[]) {
  const rule = `expected one of ${trustedEvents.join(", ")}: others are started by people who may not write`;
  for (const event of requireSome(place, "events", events))
    requireProperty(place, "events", event, trustedEvents.includes(event), rule);
  return requireSome(place, "events", events);
}

function ofWorkflow(
  place: ConstructPlace,
  property: string,
  { repositoryName, file, ref }: GitHubWorkflow,
): Condition<"open"> {
  requireForm(
    place,
    `${property}.repositoryName`,
    repositoryName,
    /^[\w.-]{1,39}\/[\w.-]{1,100}$/,
    "expected OWNER/NAME",
  );
  const fileRule = "expected the path of a workflow: .github/workflows/NAME.yml";
  requireForm(place, `${property}.file`, file, /^\.github\/workflows\/[\w.-]{1,200}\.ya?ml$/, fileRule);
  const refRule = "expected refs/heads/NAME, refs/tags/NAME or the hash of a commit";
  const commit = /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(ref);
  const name = /^refs\/(?:heads|tags)\/(.+)$/.exec(ref)?.[1] ?? "";
  requireForm(place, `${property}.ref`, ref, commit || gitNameForm.pattern.test(name) ? /^/ : /^(?!)/, refRule);
  const ofFile = `${repositoryName}/${file}@`;
  // With the hash in the reference GitHub shows it there, and nobody can move it as one moves a branch.
  return commit
    ? allOf(claims.job_workflow_sha.is(ref), claims.job_workflow_ref.startsWith(ofFile))
    : claims.job_workflow_ref.is(`${ofFile}${ref}`);
}
