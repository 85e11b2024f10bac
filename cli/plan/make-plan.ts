import { type Review, readConstructPaths, readStackPlan, reviewJson, reviewPlans, type StackPlan } from "../../review";
import { explained } from "../read-plans";
import { changeFingerprint } from "./change-fingerprint";
import { type PlanBundle, type PlanManifest, sha256, type Target } from "./plan-bundle";
import type { PlanOptions, StackDirectory } from "./stack-directory";

/** A plan that is saved in a bundle, judged. */
export interface MadePlan {
  readonly manifest: PlanManifest;
  readonly plan: StackPlan;
  readonly review: Review;
}

/** Plans a stack and saves the plan. @throws {UserError} with Terraform's words */
export async function makePlan(
  stack: StackDirectory,
  bundle: PlanBundle,
  target: Target,
  options: PlanOptions = {},
): Promise<MadePlan> {
  await bundle.clear();
  await stack.plan(bundle.planFile, options);
  const judged = await judge(stack, bundle.planFile);
  const manifest: PlanManifest = {
    format: "keyless plan 1",
    stack: stack.stack,
    target,
    createdAt: new Date().toISOString(),
    terraformVersion: await stack.terraformVersion(),
    digests: {
      configuration: judged.configurationDigest,
      plan: await bundle.planDigest(),
      providerLock: sha256(await stack.lockFile()),
    },
    fingerprint: judged.fingerprint,
  };
  await bundle.write(manifest, reviewJson(judged.review));
  return { manifest, plan: judged.plan, review: judged.review };
}

/** What a plan file does, as Terraform tells it now. */
export async function judge(
  stack: StackDirectory,
  planFile: string,
): Promise<{
  readonly plan: StackPlan;
  readonly review: Review;
  readonly configurationDigest: string;
  readonly fingerprint: string;
}> {
  const configuration = await stack.configuration();
  const configurationDigest = sha256(configuration);
  const text = await stack.show(planFile);
  return explained(async () => {
    const constructPaths = readConstructPaths(configuration, stack.stack);
    const plan = readStackPlan(text, { stack: stack.stack, constructPaths });
    const review = reviewPlans([plan]);
    const [judged] = reviewJson(review).stacks;
    if (judged === undefined) throw new Error(`${stack.stack}: a review of one plan holds none`);
    return {
      plan,
      review,
      configurationDigest,
      fingerprint: changeFingerprint({ review: judged, configurationDigest }),
    };
  });
}
