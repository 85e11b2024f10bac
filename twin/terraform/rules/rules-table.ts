import { artifactRegistryRules } from "./artifact-registry";
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
import { loadBalancerRules } from "./load-balancer";
import { oauthClientRules } from "./oauth-client";
import { privateNetworkRules } from "./private-network";
import { projectAndAccountRules } from "./projects-and-accounts";
import type { ResourceRules } from "./resource-rules";
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
  ...artifactRegistryRules,
  ...applicationRules,
  ...credentialRules,
  ...federatedCredentialRules,
  ...servicePrincipalRules,
]);
