import { gitlabIssuer } from "../../facts/issuers";
import { createOidcIssuer, type OidcIssuer } from "./oidc-issuer";

/** A job of a pipeline, as far as its token tells of it. Ids are numeric, as strings, as in the token. */
export interface GitLabJob {
  readonly projectId: string;
  /** `GROUP/PROJECT`. */
  readonly projectPath: string;
  readonly namespaceId: string;
  /** Branch or tag, without `refs/heads/`. */
  readonly ref: string;
  readonly refType?: "branch" | "tag";
  readonly refProtected?: boolean;
  /** `push`, `merge_request_event`, …; push unless told. */
  readonly pipelineSource?: string;
  readonly environment?: { readonly name: string; readonly protected: boolean };
}

/** GitLab's ID tokens live as long as their job may, five minutes by default. */
const lifetimeSeconds = 300;

/** The token service of GitLab. Source: docs.gitlab.com/ci/secrets/id_token_authentication. */
export function createGitLabIssuer(url: string = gitlabIssuer): OidcIssuer & {
  /** The ID token that a job asks for under `id_tokens`. */
  jobToken(job: GitLabJob, audience: string): Promise<string>;
} {
  const gitlab = createOidcIssuer(url, { jwksPath: "/oauth/discovery/keys", lifetimeSeconds });
  return { ...gitlab, jobToken: (job, audience) => gitlab.tokenFor(claimsOf(job), audience) };
}

function claimsOf(job: GitLabJob): Readonly<Record<string, unknown>> {
  const { ref, refType = "branch", environment } = job;
  return {
    sub: `project_path:${job.projectPath}:ref_type:${refType}:ref:${ref}`,
    namespace_id: job.namespaceId,
    namespace_path: job.projectPath.replace(/\/[^/]+$/, ""),
    project_id: job.projectId,
    project_path: job.projectPath,
    user_id: "42",
    user_login: "deploy-bot",
    user_email: "deploy-bot@example.com",
    pipeline_id: "128",
    pipeline_source: job.pipelineSource ?? "push",
    job_id: "1024",
    ref,
    ref_type: refType,
    ref_path: `refs/${refType === "tag" ? "tags" : "heads"}/${ref}`,
    ref_protected: String(job.refProtected ?? true),
    runner_environment: "gitlab-hosted",
    ...(environment && {
      environment: environment.name,
      environment_protected: String(environment.protected),
      deployment_tier: "production",
    }),
  };
}
