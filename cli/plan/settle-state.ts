import { isByDeployStep } from "../../review";
import { judge } from "./make-plan";
import type { StackDirectory } from "./stack-directory";

/**
 * Takes into the state what deploy-time steps have just changed; otherwise the next look for drift would report it. When
 * anything else has changed, nothing is taken over: that is for drift detection to tell.
 *
 * @param planFile a file for the plan, which holds secrets in plain text
 */
export async function settleState(stack: StackDirectory, planFile: string): Promise<void> {
  const { drift } = await stack.plan(planFile, { refreshOnly: true });
  if (!drift) return;
  const { plan } = await judge(stack, planFile);
  if (plan.drift.length > 0 && plan.drift.every(isByDeployStep)) await stack.apply(planFile);
}
