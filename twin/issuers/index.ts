/** The issuers of external credentials, as the twin plays them. */
export { Aws, type AwsCallerIdentity, type AwsCredentials } from "./aws";
export { createEntra, type Entra, type EntraOptions, type EntraPerson } from "./entra/entra";
export { createGitHubIssuer, forkPullRequest, type GitHubIssuer, type WorkflowRun } from "./github";
export { createGoogleAccounts, type GoogleAccounts, type WorkspaceAccount } from "./google-accounts";
export { Issuer, IssuerRegistry, type SignOptions } from "./issuer";
