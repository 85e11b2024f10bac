import { httpsProxyRules, serverTlsPolicyRules, trustConfigRules } from "./client-certificate-rules";
import { cloudRunRules } from "./cloud-run-rules";
import {
  applicationRules,
  appRoleAssignmentRules,
  consentRules,
  credentialRules,
  directoryRoleRules,
  groupMemberRules,
  redirectUriRules,
  servicePrincipalRules,
  tokenContentRules,
} from "./entra-rules";
import { poolRules, providerRules } from "./federation-rules";
import type { AccessRule } from "./finding";
import { grantRules } from "./grant-rules";
import {
  auditConfigRules,
  bucketRules,
  denyPolicyRules,
  organizationPolicyRules,
  perimeterRules,
} from "./guardrail-rules";
import { backendServiceRules, iapSettingsRules, oauthClientCredentialRules, oauthClientRules } from "./iap-rules";
import { hmacKeyRules, serviceAccountKeyRules, serviceAccountRules } from "./service-account-rules";
import { uninterpretedRules } from "./uninterpreted-rules";

/** Rules by resource type; the first form that fits is used. */
const rulesByType: readonly { readonly form: RegExp; readonly rule: AccessRule }[] = [
  { form: /^google_.+_iam_(member|binding|policy)$|^google_bigquery_dataset(_access)?$/, rule: grantRules },
  { form: /^google_.+_iam_audit_config$/, rule: auditConfigRules },
  { form: /^google_iam_(workload_identity|workforce)_pool_provider$/, rule: providerRules },
  { form: /^google_iam_(workload_identity|workforce)_pool$/, rule: poolRules },
  { form: /^google_service_account$/, rule: serviceAccountRules },
  { form: /^google_service_account_key$/, rule: serviceAccountKeyRules },
  { form: /^google_storage_hmac_key$/, rule: hmacKeyRules },
  { form: /^google_iap_settings$/, rule: iapSettingsRules },
  { form: /^google_compute_(region_)?backend_service$/, rule: backendServiceRules },
  { form: /^google_iam_oauth_client$/, rule: oauthClientRules },
  { form: /^google_iam_oauth_client_credential$/, rule: oauthClientCredentialRules },
  { form: /^google_cloud_run_v2_(service|job|worker_pool)$/, rule: cloudRunRules },
  { form: /^google_certificate_manager_trust_config$/, rule: trustConfigRules },
  { form: /^google_network_security_server_tls_policy$/, rule: serverTlsPolicyRules },
  { form: /^google_compute_(region_)?target_https_proxy$/, rule: httpsProxyRules },
  {
    form: /^google_(org_policy_policy|(project|folder)_organization_policy|organization_policy)$/,
    rule: organizationPolicyRules,
  },
  { form: /^google_iam_(deny_policy|principal_access_boundary_policy|.+_policy_binding)$/, rule: denyPolicyRules },
  { form: /^google_access_context_manager_(service_perimeter|access_level|access_policy)/, rule: perimeterRules },
  { form: /^google_storage_bucket$/, rule: bucketRules },
  { form: /^azuread_app_role_assignment$/, rule: appRoleAssignmentRules },
  { form: /^azuread_directory_role_/, rule: directoryRoleRules },
  { form: /^azuread_group_member$/, rule: groupMemberRules },
  {
    form: /^azuread_(service_principal_delegated_permission_grant|application_api_access|application_pre_authorized)$/,
    rule: consentRules,
  },
  {
    form: /^azuread_(application|service_principal)_(password|certificate|federated_identity_credential|flexible_federated_identity_credential|token_signing_certificate)$/,
    rule: credentialRules,
  },
  { form: /^azuread_application_redirect_uris$/, rule: redirectUriRules },
  { form: /^azuread_application(_registration)?$/, rule: applicationRules },
  { form: /^azuread_service_principal$/, rule: servicePrincipalRules },
  { form: /^azuread_application_(app_role|optional_claims|identifier_uri|permission_scope)$/, rule: tokenContentRules },
];

/** What looks at the type; types that by their name govern access and have no rule are said to be uninterpreted. */
export const accessRuleFor = (type: string): AccessRule =>
  rulesByType.find(({ form }) => form.test(type))?.rule ?? uninterpretedRules;
