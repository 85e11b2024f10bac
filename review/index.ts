/**
 * Review of Terraform plans and of drift: reads what `terraform show -json` writes, and reports.
 *
 * Reading redacts: nothing secret gets past `readStackPlan`. Each function is documented where it is defined.
 */
export type { AccessChange, AccessKind } from "./access/access-change";
export type { Rank } from "./access/rank";
export { type DriftAllowance, type DriftAllowList, readDriftAllowList, wholeResource } from "./drift/allow-list";
export { isByDeployStep } from "./drift/deploy-time-steps";
export { type DriftReport, detectDrift } from "./drift/detect-drift";
export type { DriftFinding, DriftKind } from "./drift/drift-finding";
export { type DriftJson, driftJson, driftJsonSchema } from "./drift/drift-json";
export { type DriftMarkdownOptions, driftMarkdown } from "./drift/drift-markdown";
export type { NotCovered } from "./drift/not-covered";
export { driftSarif, type SarifLog, type SarifOptions } from "./drift/sarif";
export { type ReviewJson, reviewJson, reviewJsonSchema } from "./json/review-json";
export { markdownCharactersLimit } from "./markdown/fit-to-limit";
export { stickyMarker } from "./markdown/marker";
export { type ReviewMarkdownOptions, reviewMarkdown } from "./markdown/review-markdown";
export type { ResourceChange } from "./model/resource-change";
export { readStackPlan, type StackPlan, type StackPlanOptions, unchangedPlan } from "./model/stack-plan";
export {
  type AccountGrant,
  type DeclaredGrants,
  declaredGrants,
  foreignGrants,
  undeclared,
} from "./plan/account-grants";
export { documentBytesLimit } from "./plan/bounded-json";
export { type ConstructPaths, readConstructPaths } from "./plan/construct-paths";
export { PlanError } from "./plan/plan-error";
export { type ComparePlansOptions, comparePlans, type PlanText } from "./reach/compare-plans";
export { joinedReach, opens, type Reach } from "./reach/reach";
export { type Review, reviewPlans, type StackReview } from "./review";
export { exitCodes, type ReportExitCode } from "./risk/exit-code";
export type { Risk } from "./risk/risk";
