import { isChange } from "../model/resource-change";
import type { StackReview } from "../review";
import { plural } from "./lists";

/** `prod: +3 ~1 -/+1 -0 · risk high · needs approval`. */
export function summaryLine({ plan, counts, assessment }: StackReview): string {
  const drifted = plan.drift.filter((change) => isChange(change) && change.action !== "move").length;
  const further = [
    counts.move > 0 ? `${counts.move} moved` : "",
    counts.import > 0 ? `${counts.import} imported` : "",
    counts.forget > 0 ? `${counts.forget} forgotten` : "",
    plan.outputs.length > 0 ? plural(plan.outputs.length, "output") : "",
    drifted > 0 ? `${drifted} drifted` : "",
    plan.deferred > 0 ? `${plan.deferred} put off` : "",
    plan.complete ? "" : "not the whole stack",
  ].filter((part) => part !== "");
  return [
    `${plan.stack}: +${counts.create} ~${counts.update} -/+${counts.replace} -${counts.delete}`,
    `risk ${assessment.risk}`,
    ...(assessment.approvalReasons.length > 0 ? ["needs approval"] : []),
    ...further,
  ].join(" · ");
}
