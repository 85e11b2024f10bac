/** Federation: pools with one provider each, their issuers, typed conditions and the principals that bindings name. */
export type { AttributeMapping } from "./attribute-mapping";
export { Aws, type AwsProps } from "./aws";
export { AzureDevOps, type AzureDevOpsProps } from "./azure-devops";
export { ClaimValueError, computedId } from "./cel-literal";
export {
  allOf,
  anyOf,
  type Condition,
  claimAt,
  claimsOf,
  mappedGroups,
  not,
  type PinnedCondition,
  unsafeCondition,
} from "./condition";
export { documentedClaims } from "./documented-claims";
export { EntraWorkforce, type EntraWorkforceProps, type GroupSource } from "./entra-workforce";
export { EntraWorkload, type EntraWorkloadProps } from "./entra-workload";
export { GitHubActions, type GitHubActionsProps, type GitHubWorkflow } from "./github-actions";
export { GitLab, type GitLabProps } from "./gitlab";
export { GoogleServiceAccounts, type GoogleServiceAccountsProps } from "./google-service-accounts";
export { GoogleWorkspace, type GoogleWorkspaceProps } from "./google-workspace";
export { HcpTerraform, type HcpTerraformProps } from "./hcp-terraform";
export { Kubernetes, type KubernetesProps, type KubernetesServiceAccount } from "./kubernetes";
export { Oidc, type OidcProps } from "./oidc";
export type { Principal } from "./principal";
export { PropertyError } from "./property-error";
export { SpiffeOidc, type SpiffeOidcProps } from "./spiffe-oidc";
export { SpiffeX509, type SpiffeX509Props } from "./spiffe-x509";
export { type PoolPlacement, WorkloadIdentityPool, type WorkloadIdentityPoolProps } from "./workload-identity-pool";
