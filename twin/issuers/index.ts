/** The issuers of external credentials, as the twin plays them. */
export { Aws, type AwsCallerIdentity, type AwsCredentials } from "./aws";
export { type ServiceConnection, serviceConnectionToken } from "./azure-devops";
export { createEntra, type Entra, type EntraOptions, type EntraPerson } from "./entra/entra";
export { createGitHubIssuer, forkPullRequest, type GitHubIssuer, type WorkflowRun } from "./github";
export { createGitLabIssuer, type GitLabJob } from "./gitlab";
export { createGoogleAccounts, type GoogleAccounts, type WorkspaceAccount } from "./google-accounts";
export { createHcpTerraformIssuer, type TerraformRun } from "./hcp-terraform";
export { Issuer, IssuerRegistry, type SignOptions } from "./issuer";
export { IssuersOnDemand } from "./issuers-on-demand";
export { createKubernetesIssuer, type KubernetesPod, kubernetesClaims } from "./kubernetes";
export { createOidcIssuer, type OidcIssuer } from "./oidc-issuer";
export { createSpiffeIssuer } from "./spiffe";
