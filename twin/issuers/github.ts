import { randomUUID } from "node:crypto";
import { githubActionsIssuer } from "../../facts/issuers";
import type { VirtualHost } from "../network/virtual-host";
import { discoveryHost } from "./discovery-host";
import { Issuer } from "./issuer";

/** GitHub's tokens live five minutes. */
const lifetimeSeconds = 300;

/** A run of a workflow, as far as its token tells of it. Ids are numeric, as strings, as in the token. */
export interface WorkflowRun {
  readonly repositoryId: string;
  /** `OWNER/NAME`. */
  readonly repositoryName: string;
  readonly ownerId: string;
  readonly ownerName: string;
  /** Full ref: `refs/heads/main`, `refs/tags/v1`, `refs/pull/7/merge`. */
  readonly ref: string;
  /** `push`, `pull_request`, `workflow_dispatch`, ... */
  readonly eventName: string;
  readonly visibility?: "public" | "private" | "internal";
  /** File of the workflow in the repository. */
  readonly workflowFile?: string;
  readonly workflowName?: string;
  readonly environment?: string;
  readonly actorName?: string;
  readonly actorId?: string;
  /** Branches of a pull request; empty for other events. */
  readonly headRef?: string;
  readonly baseRef?: string;
}

export interface GitHubIssuer {
  readonly issuer: Issuer;
  readonly host: VirtualHost;
  /** The token that a job of this run gets for `audience`. */
  tokenFor(run: WorkflowRun, audience: string): Promise<string>;
}

/** GitHub Actions' token service. Source: docs.github.com/actions/reference/security/oidc. */
export function createGitHubIssuer(): GitHubIssuer {
  const issuer = new Issuer(githubActionsIssuer);
  const host = discoveryHost(issuer, {
    jwksPath: "/.well-known/jwks",
    metadata: {
      subject_types_supported: ["public", "pairwise"],
      claims_supported: ["sub", "aud", "exp", "iat", "iss", "jti", "nbf", ...Object.keys(claimsOf(exampleRun))],
      scopes_supported: ["openid"],
    },
  });
  return {
    issuer,
    host,
    tokenFor: (run, audience) =>
      issuer.sign({ jti: randomUUID(), aud: audience, ...claimsOf(run) }, { expiresInSeconds: lifetimeSeconds }),
  };
}

/**
 * The run that a fork's pull request starts: it belongs to the base repository and carries the pull request's merge ref; the fork
 * shows only in `head_ref` and in who started it. GitHub withholds the token from such runs unless a maintainer lets them
 * write; `pull_request_target` and approved runs are how one reaches an identity provider.
 */
export function forkPullRequest(
  base: Pick<WorkflowRun, "repositoryId" | "repositoryName" | "ownerId" | "ownerName">,
  pull: {
    readonly number: number;
    readonly headRef: string;
    readonly baseRef: string;
    readonly actorName: string;
    readonly actorId: string;
  },
): WorkflowRun {
  return {
    ...base,
    ref: `refs/pull/${pull.number}/merge`,
    eventName: "pull_request",
    headRef: pull.headRef,
    baseRef: pull.baseRef,
    actorName: pull.actorName,
    actorId: pull.actorId,
  };
}

const exampleRun: WorkflowRun = {
  repositoryId: "1",
  repositoryName: "owner/repository",
  ownerId: "2",
  ownerName: "owner",
  ref: "refs/heads/main",
  eventName: "push",
};

/** All claims of GitHub's own; numbers are strings there. */
function claimsOf(run: WorkflowRun): Record<string, unknown> {
  const workflowFile = run.workflowFile ?? ".github/workflows/deploy.yml";
  const workflowRef = `${run.repositoryName}/${workflowFile}@${run.ref}`;
  const commit = "6f1c2d4b8a90e7f35d21c0b49e8a7f6d5c4b3a29";
  return {
    sub: subjectOf(run),
    ref: run.ref,
    ref_type: run.ref.startsWith("refs/tags/") ? "tag" : "branch",
    ref_protected: run.ref === "refs/heads/main" ? "true" : "false",
    sha: commit,
    repository: run.repositoryName,
    repository_id: run.repositoryId,
    repository_owner: run.ownerName,
    repository_owner_id: run.ownerId,
    repository_visibility: run.visibility ?? "private",
    actor: run.actorName ?? "deploy-bot",
    actor_id: run.actorId ?? "41898282",
    workflow: run.workflowName ?? "Deploy",
    workflow_ref: workflowRef,
    workflow_sha: commit,
    job_workflow_ref: workflowRef,
    job_workflow_sha: commit,
    head_ref: run.headRef ?? "",
    base_ref: run.baseRef ?? "",
    event_name: run.eventName,
    run_id: "9871234560",
    run_number: "128",
    run_attempt: "1",
    runner_environment: "github-hosted",
    ...(run.environment === undefined ? {} : { environment: run.environment }),
  };
}

/** The immutable form, default for repositories made or renamed after 15 July 2026: names with ids after `@`. */
function subjectOf(run: WorkflowRun): string {
  const name = run.repositoryName.slice(run.repositoryName.indexOf("/") + 1);
  const repository = `repo:${run.ownerName}@${run.ownerId}/${name}@${run.repositoryId}`;
  if (run.environment !== undefined) return `${repository}:environment:${run.environment}`;
  return run.eventName === "pull_request" ? `${repository}:pull_request` : `${repository}:ref:${run.ref}`;
}
