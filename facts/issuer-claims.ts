/**
 * Claims that issuers document, with what a claim is good for and how long it can be. `identity`: names one thing for ever;
 * `text`: may change hands or be chosen by the caller; `bytes`: longest value in UTF-8, where the issuer bounds it.
 */

export interface DocumentedClaim {
  readonly kind: "identity" | "text" | "flag" | "list";
  readonly bytes?: number;
  readonly meaning: string;
}

type Documented = Readonly<Record<string, DocumentedClaim>>;

/** Decimal digits of a 64-bit number. */
const numericIdBytes = 20;
const uuidBytes = 36;

/** Source: docs.github.com/actions/reference/security/oidc. */
export const githubClaims = {
  repository_id: { kind: "identity", bytes: numericIdBytes, meaning: "repository, by a number that is never reused" },
  repository_owner_id: { kind: "identity", bytes: numericIdBytes, meaning: "owner of the repository, by number" },
  ref: { kind: "text", meaning: "full ref: refs/heads/main, refs/tags/v1, refs/pull/7/merge" },
  ref_type: { kind: "text", bytes: 6, meaning: "branch or tag; a pull request's merge ref is a branch" },
  event_name: { kind: "text", bytes: 64, meaning: "what started the workflow: push, pull_request, schedule, …" },
  environment: { kind: "text", bytes: 255, meaning: "deployment environment of the job; absent without one" },
  job_workflow_ref: { kind: "text", meaning: "file and ref of the workflow that defines the job, a reusable one too" },
  job_workflow_sha: { kind: "text", bytes: 64, meaning: "commit of that workflow file" },
} as const satisfies Documented;

/** Source: docs.gitlab.com/ci/secrets/id_token_authentication. Flags are the texts "true" and "false". */
export const gitlabClaims = {
  project_id: { kind: "identity", bytes: numericIdBytes, meaning: "project, by a number that is never reused" },
  namespace_id: { kind: "identity", bytes: numericIdBytes, meaning: "group or user that owns the project, by number" },
  ref: { kind: "text", meaning: "branch or tag, without refs/heads/" },
  ref_type: { kind: "text", bytes: 6, meaning: "branch or tag" },
  ref_protected: { kind: "text", bytes: 5, meaning: "whether only members with the right may push to the ref" },
  environment: { kind: "text", bytes: 255, meaning: "deployment environment of the job; absent without one" },
  environment_protected: { kind: "text", bytes: 5, meaning: "whether the environment is protected" },
  pipeline_source: { kind: "text", bytes: 64, meaning: "what started the pipeline: push, merge_request_event, …" },
} as const satisfies Documented;

/** Source: developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/workload-identity-tokens. */
export const hcpTerraformClaims = {
  terraform_organization_id: { kind: "identity", bytes: 64, meaning: "organization: org-…" },
  terraform_project_id: { kind: "identity", bytes: 64, meaning: "project: prj-…" },
  terraform_workspace_id: { kind: "identity", bytes: 64, meaning: "workspace: ws-…" },
  terraform_run_phase: { kind: "text", bytes: 5, meaning: "plan or apply" },
} as const satisfies Documented;

/** Source: learn.microsoft.com/entra/identity-platform/access-token-claims-reference, for app-only tokens of version 2.0. */
export const entraClaims = {
  tid: { kind: "identity", bytes: uuidBytes, meaning: "tenant" },
  azp: { kind: "identity", bytes: uuidBytes, meaning: "client id of the application that asked" },
  oid: { kind: "identity", bytes: uuidBytes, meaning: "object id of the service principal or person in the tenant" },
  azpacr: { kind: "text", bytes: 1, meaning: "how the client proved itself: 1 secret, 2 certificate or assertion" },
  ver: { kind: "text", bytes: 3, meaning: "version of the token" },
  roles: { kind: "list", meaning: "app roles that were assigned; absent without any" },
} as const satisfies Documented;

/**
 * Tokens of a service connection. `sub` is `/eid1/c/pub/t/TENANT/a/APPLICATION/sc/ORGANIZATION/CONNECTION`; ids only.
 * Source: learn.microsoft.com/azure/devops/pipelines/release/troubleshoot-workload-identity;
 * cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines.
 */
export const azureDevOpsClaims = {
  sub: { kind: "text", bytes: 255, meaning: "path of ids; ends with the organization and the service connection" },
} as const satisfies Documented;

/** Source: developers.google.com/identity/openid-connect/openid-connect#an-id-tokens-payload. */
export const googleClaims = {
  sub: { kind: "identity", bytes: 255, meaning: "numeric id of the person or service account" },
  azp: { kind: "identity", bytes: 255, meaning: "OAuth client that the token was issued to" },
  hd: { kind: "text", bytes: 253, meaning: "Workspace domain of a person; absent for private accounts" },
  email_verified: { kind: "flag", meaning: "whether Google has verified the address" },
} as const satisfies Documented;

/** Answer of sts:GetCallerIdentity. Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html. */
export const awsClaims = {
  account: { kind: "identity", bytes: 12, meaning: "account, 12 digits" },
  arn: { kind: "text", bytes: 2048, meaning: "role and session: arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION" },
  // A unique id has 21 characters, a session's name at most 64.
  userid: { kind: "text", bytes: 86, meaning: "unique id of the role, never reused, and the session: AROA…:SESSION" },
} as const satisfies Documented;

/** Source: kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin#bound-service-account-tokens. */
export const kubernetesClaims = {
  sub: { kind: "identity", meaning: "system:serviceaccount:NAMESPACE:NAME; names are the cluster owner's to give" },
} as const satisfies Documented;

/** Source: github.com/spiffe/spiffe, standards/JWT-SVID.md §3. */
export const spiffeClaims = {
  sub: { kind: "identity", bytes: 2048, meaning: "SPIFFE ID of the workload" },
} as const satisfies Documented;

/** Source: cloud.google.com/iam/docs/workload-identity-federation-with-x509-certificates. */
export const x509Claims = {
  "san.uri": { kind: "identity", bytes: 2048, meaning: "first URI among the alternative names" },
} as const satisfies Documented;
