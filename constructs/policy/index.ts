/** Policies: what no stack may declare, and the reviewed exceptions from it. */
export { enforcePolicies, exceptionsOutput, PolicyError, type PolicyOptions } from "./enforce-policies";
export type { PolicyException } from "./policy-exception";
export { type PolicyRule, policyRules } from "./rules";
