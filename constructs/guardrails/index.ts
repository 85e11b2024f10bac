/** Guardrails: what fences identities in, whatever a binding or a provider says. */
export { AccessLevel, type AccessLevelProps } from "./access-level";
export { AuditConfiguration, type AuditConfigurationProps } from "./audit-configuration";
export { CloudArmor, type CloudArmorProps, type RateLimit, type WafRuleSet } from "./cloud-armor";
export { FederationDenyPolicy, type FederationDenyPolicyProps } from "./federation-deny-policy";
export { OrganizationPolicies, type OrganizationPoliciesProps } from "./organization-policies";
export { type ConstraintRule, OrganizationPolicy, type OrganizationPolicyProps } from "./organization-policy";
export type { IngressRule } from "./perimeter-ingress";
export { PrincipalAccessBoundary, type PrincipalAccessBoundaryProps } from "./principal-access-boundary";
export { ProviderConditionConstraint, type ProviderConditionConstraintProps } from "./provider-condition-constraint";
export { QueryQuota, type QueryQuotaProps } from "./query-quota";
export { ServicePerimeter, type ServicePerimeterProps } from "./service-perimeter";
