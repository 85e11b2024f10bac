import {
  type AccountGrant,
  comparePlans,
  type Reach,
  type Review,
  readConstructPaths,
  readStackPlan,
  reviewJson,
  reviewPlans,
  type StackPlan,
  unchangedPlan,
} from "../../review";
import { explained } from "../read-plans";
import { changeFingerprint } from "./change-fingerprint";
import { foreignGrantsIfReadable } from "./foreign-grants";
import { type PlanBundle, type PlanManifest, sha256, type Target } from "./plan-bundle";
import type { PlanOptions, StackDirectory } from "./stack-directory";

/** A plan that is saved in a bundle, judged. */
export interface MadePlan {
  readonly manifest: PlanManifest;
  readonly plan: StackPlan;
  readonly review: Review;
}

/**
 * Plans a stack and saves the plan; a refresh-only one with what Terraform does not know of.
 * @param onProblem told why something could not be looked at
 * @throws {UserError} with Terraform's words
 */
export async function makePlan(
  stack: StackDirectory,
  bundle: PlanBundle,
  target: Target,
  options: PlanOptions = {},
  onProblem: (problem: string) => void = () => undefined,
): Promise<MadePlan> {
  await bundle.clear();
  const outcome = await stack.plan(bundle.planFile, options);
  const planDigest = await bundle.planDigest();
  // Where there is nothing to tell, Terraform need not be asked what.
  const judged =
    outcome.changes || outcome.drift || options.refreshOnly === true
      ? await judge(
          stack,
          bundle.planFile,
          options.refreshOnly === true ? { onPolicyProblem: onProblem } : { compare: true },
        )
      : judgePlan(unchangedPlan(stack.stack, planDigest), sha256(await stack.configuration()));
  const manifest: PlanManifest = {
    format: "keyless plan 1",
    stack: stack.stack,
    target,
    createdAt: new Date().toISOString(),
    terraformVersion: outcome.terraformVersion,
    digests: {
      configuration: judged.configurationDigest,
      plan: planDigest,
      providerLock: sha256(await stack.lockFile()),
    },
    fingerprint: judged.fingerprint,
  };
  await bundle.write(manifest, reviewJson(judged.review), judged.foreignGrants);
  return { manifest, plan: judged.plan, review: judged.review };
}

/** A plan, and what it does. */
export interface JudgedPlan {
  readonly plan: StackPlan;
  readonly review: Review;
  readonly configurationDigest: string;
  readonly fingerprint: string;
  /** Members of service accounts that Terraform does not know of, where somebody has looked. */
  readonly foreignGrants?: readonly AccountGrant[] | undefined;
}

export interface JudgeOptions {
  /** Where the policies of the service accounts are to be read as well; told why they could not be. */
  readonly onPolicyProblem?: (problem: string) => void;
  /** Whether to tell what the plan opens and closes. */
  readonly compare?: boolean;
}

/** Longest time to find out what a plan opens; what is not decided by then is said to be open. */
const comparisonMilliseconds = 10_000;

/** What a plan file does, as Terraform tells it now. */
export async function judge(
  stack: StackDirectory,
  planFile: string,
  { onPolicyProblem, compare = false }: JudgeOptions = {},
): Promise<JudgedPlan> {
  const configuration = await stack.configuration();
  const text = await stack.show(planFile);
  const foreignGrants = onPolicyProblem && (await foreignGrantsIfReadable(stack, text, onPolicyProblem));
  return explained(async () => {
    const constructPaths = readConstructPaths(configuration, stack.stack);
    const plan = readStackPlan(text, { stack: stack.stack, constructPaths, foreignGrants });
    const reach = compare
      ? await comparePlans([{ stack: stack.stack, text }], { milliseconds: comparisonMilliseconds })
      : undefined;
    return { ...judgePlan(plan, sha256(configuration), reach), foreignGrants };
  });
}

function judgePlan(plan: StackPlan, configurationDigest: string, reach?: Reach): JudgedPlan {
  const review = reviewPlans([plan], reach);
  const [judged] = reviewJson(review).stacks;
  if (judged === undefined) throw new Error(`${plan.stack}: a review of one plan holds none`);
  return { plan, review, configurationDigest, fingerprint: changeFingerprint({ review: judged, configurationDigest }) };
}
