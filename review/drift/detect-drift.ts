import { compareRanks, isAtLeast } from "../access/rank";
import type { StackPlan } from "../model/stack-plan";
import { PlanError } from "../plan/plan-error";
import { requireDistinct } from "../review";
import { exitCodes, type ReportExitCode } from "../risk/exit-code";
import { type DriftAllowance, type DriftAllowList, isExpired } from "./allow-list";
import { isByDeployStep } from "./deploy-time-steps";
import type { DriftFinding } from "./drift-finding";
import { type NotCovered, notCovered } from "./not-covered";
import { resourceFindings } from "./resource-findings";

/** What was changed in the cloud past Terraform, and what a refresh cannot see. */
export interface DriftReport {
  readonly plans: readonly StackPlan[];
  /** Changed outside and not tolerated, the gravest first. */
  readonly changedOutside: readonly DriftFinding[];
  /** Changed outside and tolerated by the list. */
  readonly allowed: readonly DriftFinding[];
  readonly notCovered: readonly NotCovered[];
  /** Entries past their last day; they tolerate nothing. */
  readonly expired: readonly DriftAllowance[];
  /** Entries in force that no drift was found for. */
  readonly unused: readonly DriftAllowance[];
  /** 0 nothing, 2 changed outside, 3 changed outside with a grave effect or a resource gone. */
  readonly exitCode: ReportExitCode;
}

/**
 * Judges refresh-only plans (`terraform plan -refresh-only`) of one or several stacks.
 * @param today decides which entries of the list have expired
 * @throws {PlanError} where a plan decides on resources, since it may have been made without a refresh, or a stack comes twice
 */
export function detectDrift(plans: readonly StackPlan[], allowList: DriftAllowList, today: Date): DriftReport {
  requireDistinct(plans);
  for (const { stack, decidesOnResources } of plans) {
    if (decidesOnResources) {
      throw new PlanError(
        `${stack}: not a refresh-only plan; make it with "terraform plan -refresh-only -out PLANFILE"`,
      );
    }
  }
  const expired = allowList.filter((allowance) => isExpired(allowance, today));
  const inForce = allowList.filter((allowance) => !expired.includes(allowance));
  const findings = plans
    .flatMap(({ drift }) => drift)
    .filter((change) => !isByDeployStep(change))
    .flatMap((change) => resourceFindings(change, inForce))
    .toSorted((one, other) => compareRanks(one.rank, other.rank));
  const changedOutside = findings.filter(({ allowance }) => allowance === undefined);
  const used = new Set(findings.map(({ allowance }) => allowance));
  return {
    plans,
    changedOutside,
    allowed: findings.filter(({ allowance }) => allowance !== undefined),
    notCovered: notCovered(plans),
    expired,
    unused: inForce.filter((allowance) => !used.has(allowance)),
    exitCode: exitCodeOf(changedOutside),
  };
}

function exitCodeOf(findings: readonly DriftFinding[]): ReportExitCode {
  if (findings.length === 0) return exitCodes.none;
  const grave = findings.some(({ kind, rank }) => kind === "gone" || isAtLeast(rank, "high"));
  return grave ? exitCodes.needsApproval : exitCodes.changes;
}
