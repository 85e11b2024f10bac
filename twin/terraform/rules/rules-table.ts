import { accessContextRules } from "./access-context";
import { artifactRegistryRules } from "./artifact-registry";
import { auditAndQuotaRules } from "./audit-and-quota";
import { applicationRules } from "./azuread-application";
import { credentialRules } from "./azuread-credential";
import { federatedCredentialRules } from "./azuread-federated-credential";
import { servicePrincipalRules } from "./azuread-service-principal";
import { backendRules } from "./backends";
import { clientCertificateRules } from "./client-certificates";
import { cloudRunRules } from "./cloud-run";
import { cloudRunJobRules } from "./cloud-run-job";
import { cloudSqlRules } from "./cloud-sql";
import { dataAndSecretRules } from "./data-and-secrets";
import { iamMemberRules } from "./iam-members";
import { iapRules } from "./iap-settings";
import { identityFenceRules } from "./identity-fences";
import { loadBalancerRules } from "./load-balancer";
import { loggingRules } from "./logging";
import { monitoringRules } from "./monitoring";
import { oauthClientRules } from "./oauth-client";
import { organizationPolicyRules } from "./organization-policy";
import { privateNetworkRules } from "./private-network";
import { privilegedAccessRules } from "./privileged-access";
import { projectAndAccountRules } from "./projects-and-accounts";
import type { ResourceRules } from "./resource-rules";
import { securityPolicyRules } from "./security-policy";
import { serviceAccountKeyRules } from "./service-account-key";
import { workforceRules } from "./workforce";
import { workloadIdentityRules } from "./workload-identity";

/** The rules of every resource type that the twin can apply, as google 6.50 and azuread 3.7 have them. */
export const resourceRules: ReadonlyMap<string, ResourceRules> = new Map([
  ...projectAndAccountRules,
  ...workloadIdentityRules,
  ...workforceRules,
  ...oauthClientRules,
  ...iamMemberRules,
  ...dataAndSecretRules,
  ...loadBalancerRules,
  ...backendRules,
  ...clientCertificateRules,
  ...iapRules,
  ...cloudRunRules,
  ...cloudRunJobRules,
  ...cloudSqlRules,
  ...privateNetworkRules,
  ...privilegedAccessRules,
  ...artifactRegistryRules,
  ...applicationRules,
  ...credentialRules,
  ...federatedCredentialRules,
  ...servicePrincipalRules,
  ...serviceAccountKeyRules,
  ...securityPolicyRules,
  ...organizationPolicyRules,
  ...monitoringRules,
  ...loggingRules,
  ...identityFenceRules,
  ...auditAndQuotaRules,
  ...accessContextRules,
]);
