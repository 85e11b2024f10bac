/**
 * The access analysis: reads Terraform JSON and decides who can become what.
 *
 * Each function is documented where it is defined.
 */
export { type AccessResource, evaluateAccess } from "./access/access";
export type {
  AccessDecision,
  ExchangeDecision,
  ExternalCredential,
  FederatedIdentity,
  Identity,
  ServiceAccountIdentity,
} from "./access/decision";
export { evaluateExchange } from "./access/exchange";
export { evaluateImpersonation, type ImpersonationPermission } from "./access/impersonation";
export { type AccessModel, buildAccessModel } from "./access/model";
export { principalsOf } from "./access/principals";
export { chainProblem } from "./access/x509-claims";
export { type CompareOptions, compareAccess } from "./compare/compare-access";
export type { AccessComparison, AccessDifference } from "./compare/comparison";
export { type PlanSides, sidesOfPlan } from "./compare/plan-sides";
export {
  type AccessExplanation,
  claimName,
  compactToken,
  type ExplainOptions,
  entraIssuerForm,
  explainAccess,
  type HeldRole,
  type ProviderAnswer,
  type ReachedAccount,
  type ReadCredential,
  readCertificate,
  readClaims,
  readToken,
  valueClass,
} from "./explain";
export { type Invariant, statementOf, type TokensOf } from "./prove/invariant";
export { type EnvironmentClaims, type ProveOptions, prove } from "./prove/prove";
export { createSolver, type Solver } from "./prove/solver";
export type { Counterexample, Finding, Verdict } from "./prove/verdict";
export { resolveUnapplied } from "./terraform/assumed-cloud";
export { readTerraformJson, type TerraformConfiguration } from "./terraform/configuration";
export { TerraformConfigurationError } from "./terraform/configuration-error";
export { readTerraformDocument, type TerraformDocument } from "./terraform/document";
export { type ResolveOptions, resolveConfiguration } from "./terraform/resolve";
export type { Json, JsonObject, Resource } from "./terraform/resource";
export { UnresolvedValues } from "./terraform/unresolved";
