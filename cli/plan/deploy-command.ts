import { resolve } from "node:path";
import { type EnvironmentName, environmentNames } from "../../environments/load";
import { exitCodes, type Review, reviewJson } from "../../review";
import { UserError } from "../user-error";
import { checkPlan, requireApproval } from "./apply-plan";
import { makePlan } from "./make-plan";
import { PlanBundle } from "./plan-bundle";
import { bundleDirectory, type PlanCommandContext } from "./plan-command";
import { prepareStacks } from "./prepare-stacks";
import { settleState } from "./settle-state";
import { shortReview } from "./short-review";
import type { StackDirectory } from "./stack-directory";

export interface DeployCommandOptions {
  /** Folder of the plan to apply; without it a plan is made and applied at once. */
  readonly plan?: string | undefined;
  readonly approve?: boolean;
  readonly destroy?: boolean;
  readonly json?: boolean;
}

/**
 * Applies exactly one plan: the one that is given, or one made now.
 * @returns 0; what it refuses is thrown
 * @throws {PlanRefused} where the plan is not to be applied
 * @throws {UserError}
 */
export async function deployCommand(
  name: EnvironmentName | undefined,
  options: DeployCommandOptions,
  context: PlanCommandContext,
): Promise<number> {
  const { target, workspace, narrator, print } = context;
  const { approve = false, destroy = false, json = false } = options;
  const stackName = name ?? (await stackOfPlan(options.plan));
  const [stack] = await prepareStacks([stackName], target, workspace, narrator);
  if (stack === undefined) throw new Error(`${stackName} was not prepared`);
  const bundle = new PlanBundle(
    options.plan === undefined ? bundleDirectory(workspace, stackName, undefined, false) : resolve(options.plan),
  );
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

async function planNow(
  stack: StackDirectory,
  bundle: PlanBundle,
  { target, narrator }: PlanCommandContext,
  { destroy, approved }: { readonly destroy: boolean; readonly approved: boolean },
): Promise<Review> {
  const { review } = await narrator.task(`Plan ${destroy ? "to destroy " : ""}${stack.stack}`, () =>
    makePlan(stack, bundle, target.name, { destroy }),
  );
  for (const each of reviewJson(review).stacks) for (const line of shortReview(each)) narrator.line(line);
  requireApproval(review, approved);
  return review;
}

async function stackOfPlan(directory: string | undefined): Promise<EnvironmentName> {
  if (directory === undefined) {
    throw new UserError(`which environment? Name it (${environmentNames.join(", ")}), or give a plan with --plan`);
  }
  const { stack } = await new PlanBundle(resolve(directory)).manifest();
  const known = environmentNames.find((candidate) => candidate === stack);
  if (known === undefined) throw new UserError(`${directory} holds a plan of ${stack}, which is no environment`);
  return known;
}
