import type { AccessChange } from "./access/access-change";
import { accessChanges } from "./access/access-changes";
import type { ChangeAction } from "./model/resource-change";
import type { StackPlan } from "./model/stack-plan";
import { PlanError } from "./plan/plan-error";
import { opens, type Reach } from "./reach/reach";
import { exitCodes, type ReportExitCode } from "./risk/exit-code";
import { assessRisk, gravestExitCode, type RiskAssessment } from "./risk/risk";

/** A stack's plan, judged. */
export interface StackReview {
  readonly plan: StackPlan;
  readonly access: readonly AccessChange[];
  readonly assessment: RiskAssessment;
  readonly counts: Readonly<Record<ChangeAction, number>>;
}

export interface Review {
  /** In the order given. */
  readonly stacks: readonly StackReview[];
  /** What all plans together open and close, where they were compared. */
  readonly reach?: Reach;
  readonly exitCode: ReportExitCode;
}

/**
 * Judges the plans of one or several stacks.
 * @param reach what comparePlans found of the same plans; what opens has to be approved
 * @throws {PlanError} where a stack comes twice
 */
export function reviewPlans(plans: readonly StackPlan[], reach?: Reach): Review {
  requireDistinct(plans);
  const stacks = plans.map((plan): StackReview => {
    const access = accessChanges(plan.changes);
    return { plan, access, assessment: assessRisk(plan.changes, plan.outputs, access), counts: countActions(plan) };
  });
  const opened = reach !== undefined && opens(reach) > 0 ? [exitCodes.needsApproval] : [];
  return {
    stacks,
    ...(reach === undefined ? {} : { reach }),
    exitCode: gravestExitCode([...stacks.map(({ assessment }) => assessment.exitCode), ...opened]),
  };
}

/** @throws {PlanError} naming the stack that comes twice */
export function requireDistinct(plans: readonly StackPlan[]): void {
  const seen = new Set<string>();
  for (const { stack } of plans) {
    if (seen.has(stack)) throw new PlanError(`${stack}: two plans of one stack`);
    seen.add(stack);
  }
}

function countActions({ changes }: StackPlan): Readonly<Record<ChangeAction, number>> {
  const counts = { create: 0, update: 0, delete: 0, replace: 0, "no-op": 0, move: 0, import: 0, forget: 0, read: 0 };
  for (const { action } of changes) counts[action] += 1;
  return counts;
}
