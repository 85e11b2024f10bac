/** Issuers of OpenID Connect tokens beside Entra, as the `iss` claim holds them. */

/** Source: docs.github.com/actions/reference/security/oidc. */
export const githubActionsIssuer = "https://token.actions.githubusercontent.com";

/** Source: developers.google.com/identity/openid-connect/openid-connect. */
export const googleIssuer = "https://accounts.google.com";

/** Source: docs.gitlab.com/ci/secrets/id_token_authentication. A self-managed instance has its own address. */
export const gitlabIssuer = "https://gitlab.com";

/** Source: developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/workload-identity-tokens. */
export const hcpTerraformIssuer = "https://app.terraform.io";

/**
 * Audience of the tokens of Azure DevOps' service connections: Entra's for exchanges.
 * Source: cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines, of which another part names an
 * application's id instead; decode a token of yours first.
 */
export const azureDevOpsAudience = "api://AzureADTokenExchange";

/**
 * Issuers that sign for every customer of theirs: a condition has to say which one, by one of these claims.
 * Source: cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines#conditions; developers.google.com/identity.
 */
export const multiTenantIssuers: ReadonlyMap<
  string,
  { readonly owner: readonly string[]; readonly construct: string }
> = new Map([
  [githubActionsIssuer, { owner: ["repository_owner_id"], construct: "GitHubActions" }],
  [gitlabIssuer, { owner: ["namespace_id"], construct: "GitLab" }],
  [hcpTerraformIssuer, { owner: ["terraform_organization_id"], construct: "HcpTerraform" }],
  // A numeric subject is one person or account; an OAuth client is its owner's.
  [googleIssuer, { owner: ["sub", "azp"], construct: "GoogleServiceAccounts or GoogleWorkspace" }],
  ["https://agent.buildkite.com", { owner: ["organization_id"], construct: "Oidc" }],
]);

/** Whether the issuer is Entra's for no tenant in particular: everybody's tokens would come from it. */
export const isEntraForEveryone = (issuer: string): boolean =>
  /^https:\/\/(login\.microsoftonline\.com|sts\.windows\.net)\/(common|organizations|consumers|9188040d-6c67-4c5b-b112-36a304b66dad)(\/|$)/i.test(
    issuer,
  );
