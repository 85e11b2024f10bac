/** Federation: pools with one provider each, their issuers, typed conditions and the principals that bindings name. */
export { Aws } from "./aws";
export { computedId } from "./cel-literal";
export { allOf, anyOf, claimsOf, not, type PinnedCondition, unsafeCondition } from "./condition";
export { EntraWorkforce } from "./entra-workforce";
export { EntraWorkload } from "./entra-workload";
export { GitHubActions } from "./github-actions";
export { GoogleWorkspace } from "./google-workspace";
export type { Principal } from "./principal";
export { PropertyError } from "./property-error";
export { type PoolPlacement, WorkloadIdentityPool } from "./workload-identity-pool";
