import { resolve } from "node:path";
import { exitCodes, type Review, reviewJson } from "../../review";
import { type StackName, stackNames } from "../commands/arguments";
import { UserError } from "../user-error";
import { checkPlan, PlanRefused, requireApproval } from "./apply-plan";
import { makePlan } from "./make-plan";
import { PlanBundle } from "./plan-bundle";
import { bundleDirectory, type PlanCommandContext } from "./plan-command";
import { prepareStacks, withoutProtection } from "./prepare-stacks";
import { settleState } from "./settle-state";
import { shortReach } from "./short-reach";
import { shortReview } from "./short-review";
import type { StackDirectory } from "./stack-directory";

export interface DeployCommandOptions {
  /** Folder of the plan to apply; without it a plan is made and applied at once. */
  readonly plan?: string | undefined;
  readonly approve?: boolean;
  readonly destroy?: boolean;
  /** With `destroy`: deploys the stack without its protection first. */
  readonly unprotect?: boolean;
  readonly json?: boolean;
}

/**
 * Applies exactly one plan: the one that is given, or one made now.
 * @returns 0; what it refuses is thrown
 * @throws {PlanRefused} where the plan is not to be applied
 * @throws {UserError}
 */
export async function deployCommand(
  name: StackName | undefined,
  options: DeployCommandOptions,
  context: PlanCommandContext,
): Promise<number> {
  const { target, workspace, narrator, print } = context;
  const { approve = false, destroy = false, unprotect = false, json = false } = options;
  const stackName = name ?? (await stackOfPlan(options.plan));
  const synthesis = unprotect ? withoutProtection(stackName) : {};
  const [stack] = await prepareStacks([stackName], target, workspace, narrator, synthesis);
  if (stack === undefined) throw new Error(`${stackName} was not prepared`);
  const bundle = new PlanBundle(
    options.plan === undefined ? bundleDirectory(workspace, stackName, undefined, false) : resolve(options.plan),
  );
  if (unprotect) await liftProtection(stack, bundle, context, approve);
  const review =
    options.plan === undefined
      ? await planNow(stack, bundle, context, { destroy, approved: approve })
      : await checkPlan(stack, bundle, { target: target.name, approved: approve });
  const changes = review.exitCode !== exitCodes.none;
  if (changes) {
    await narrator.task(`${destroy ? "Destroy" : "Deploy"} ${stackName}`, () => stack.apply(bundle.planFile));
    // The plan is used up; its folder is private, and about to be replaced or removed.
    if (!destroy)
      await narrator.task("Record what deploy-time steps have set", () => settleState(stack, bundle.planFile));
  }
  if (json) print(JSON.stringify({ applied: changes, target: target.name, ...reviewJson(review) }, undefined, 2));
  else
    print(
      changes ? `${stackName}: ${destroy ? "destroyed" : "deployed"} on ${target.name}` : `${stackName}: nothing to do`,
    );
  return exitCodes.none;
}

/** The protection is kept by the cloud and in the state too, so that a deployment without it has to come first. */
async function liftProtection(
  stack: StackDirectory,
  bundle: PlanBundle,
  context: PlanCommandContext,
  approved: boolean,
): Promise<void> {
  const { exitCode } = await planNow(stack, bundle, context, { destroy: false, approved });
  if (exitCode === exitCodes.none) return;
  // Lifted for nothing, were the destruction then refused.
  if (!approved) {
    throw new PlanRefused(
      "needs-approval",
      `${stack.stack}: lifting the protection needs approval. After looking at it, add --approve.`,
    );
  }
  await context.narrator.task(`Lift the protection of ${stack.stack}`, () => stack.apply(bundle.planFile));
}

async function planNow(
  stack: StackDirectory,
  bundle: PlanBundle,
  { target, narrator }: PlanCommandContext,
  { destroy, approved }: { readonly destroy: boolean; readonly approved: boolean },
): Promise<Review> {
  const { review } = await narrator.task(`Plan ${destroy ? "to destroy " : ""}${stack.stack}`, () =>
    makePlan(stack, bundle, target.name, { destroy }),
  );
  const { stacks, reach } = reviewJson(review);
  for (const each of stacks) for (const line of shortReview(each)) narrator.line(line);
  for (const line of shortReach(reach)) narrator.line(line);
  requireApproval(review, approved);
  return review;
}

async function stackOfPlan(directory: string | undefined): Promise<StackName> {
  if (directory === undefined) {
    throw new UserError(`which stack? Name it (${stackNames.join(", ")}), or give a plan with --plan`);
  }
  const { stack } = await new PlanBundle(resolve(directory)).manifest();
  const known = stackNames.find((candidate) => candidate === stack);
  if (known === undefined)
    throw new UserError(`${directory} holds a plan of ${stack}, which is no stack of this project`);
  return known;
}
