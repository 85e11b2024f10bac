import type { AccessChange } from "../access/access-change";
import { highest, isAtLeast, type Rank } from "../access/rank";
import { isChange, isDestructive, type ResourceChange } from "../model/resource-change";
import type { OutputChange } from "../model/stack-plan";
import { exitCodes, type ReportExitCode } from "./exit-code";

export type Risk = Rank | "none";

export interface RiskAssessment {
  readonly risk: Risk;
  /** Why somebody has to approve; empty where nobody has to. */
  readonly approvalReasons: readonly string[];
  readonly exitCode: ReportExitCode;
}

/**
 * Types whose loss cannot be made good by applying again: data, identities and names that stay taken for 30 days after
 * deletion (pools, providers, OAuth clients), and addresses that others have written down.
 */
const irreplaceable =
  /^google_(bigquery_(dataset|table)|sql_database(_instance)?|storage_bucket|secret_manager_secret(_version)?|service_account|iam_workload_identity_pool(_provider)?|iam_workforce_pool(_provider)?|iam_oauth_client|compute_global_address|kms_.+|project|logging_project_bucket_config)$|^azuread_(application|application_registration|service_principal)$/;

export const isIrreplaceable = (type: string): boolean => irreplaceable.test(type);

/** Approval is needed for whatever destroys or replaces, and for access changes of high or critical rank. */
export function assessRisk(
  changes: readonly ResourceChange[],
  outputs: readonly OutputChange[],
  access: readonly AccessChange[],
): RiskAssessment {
  const real = changes.filter(isChange);
  const destructive = real.filter(isDestructive);
  const grave = access.filter(({ rank }) => isAtLeast(rank, "high"));
  const approvalReasons = [
    ...(destructive.length > 0 ? [`${destructive.length} destroyed or replaced`] : []),
    ...(grave.length > 0
      ? [`${grave.length} access ${grave.length === 1 ? "change" : "changes"} of high or critical rank`]
      : []),
  ];
  const ranks: readonly Rank[] = [
    ...access.map(({ rank }) => rank),
    ...destructive.map(({ type }): Rank => (isIrreplaceable(type) ? "high" : "medium")),
  ];
  const changed = real.length > 0 || outputs.length > 0;
  return {
    risk: changed ? highest("low", ...ranks) : "none",
    approvalReasons,
    exitCode: approvalReasons.length > 0 ? exitCodes.needsApproval : changed ? exitCodes.changes : exitCodes.none,
  };
}

/** The gravest of several exit codes. */
export const gravestExitCode = (codes: readonly ReportExitCode[]): ReportExitCode =>
  codes.includes(exitCodes.needsApproval)
    ? exitCodes.needsApproval
    : codes.includes(exitCodes.changes)
      ? exitCodes.changes
      : exitCodes.none;
