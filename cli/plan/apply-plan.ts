import { exitCodes, opens, type Review, reviewJson } from "../../review";
import { UserError } from "../user-error";
import { judge } from "./make-plan";
import { type PlanBundle, type PlanManifest, sha256, type Target } from "./plan-bundle";
import type { StackDirectory } from "./stack-directory";

export interface ApplyConditions {
  readonly target: Target;
  /** Whether someone has approved what needs approval. */
  readonly approved: boolean;
}

/** Why a saved plan is not applied. */
export class PlanRefused extends UserError {
  override readonly exitCode: number;

  constructor(
    readonly reason: "other-stack" | "other-target" | "changed" | "needs-approval",
    message: string,
  ) {
    super(message);
    this.exitCode = reason === "needs-approval" ? exitCodes.needsApproval : exitCodes.error;
  }
}

/**
 * Checks that a saved plan is the one that was reviewed and still fits what it was made for. Nothing that the manifest
 * says of the plan is trusted where the plan itself can be asked.
 *
 * @param stack freshly synthesized and initialized
 * @throws {PlanRefused}
 */
export async function checkPlan(
  stack: StackDirectory,
  bundle: PlanBundle,
  { target, approved }: ApplyConditions,
): Promise<Review> {
  const manifest = await bundle.manifest();
  refuseOther(manifest, stack.stack, target, bundle.directory);
  const plain = { again: `Plan again: keyless plan ${stack.stack}`, stack: stack.stack };
  const { digests } = manifest;
  const version = await stack.terraformVersion();
  if (version !== manifest.terraformVersion) {
    throw changed(`the plan was made by terraform ${manifest.terraformVersion}, this is ${version}`, plain);
  }
  if ((await bundle.planDigest()) !== digests.plan) {
    throw changed("the plan file is not the one that its manifest names", plain);
  }
  if (sha256(await stack.configuration()) !== digests.configuration) {
    throw changed("what the program declares is no longer what was planned", plain);
  }
  if (sha256(await stack.lockFile()) !== digests.providerLock) {
    throw changed("the providers' lock file is no longer the one of the plan", plain);
  }
  const { review, fingerprint } = await judge(stack, bundle.planFile, { compare: true });
  if (fingerprint !== manifest.fingerprint) throw changed("the plan does something else than its manifest says", plain);
  requireApproval(review, approved);
  return review;
}

/** @throws {PlanRefused} where somebody has to approve, and nobody has */
export function requireApproval(review: Review, approved: boolean): void {
  if (approved) return;
  const opened = review.reach === undefined ? 0 : opens(review.reach);
  for (const { stack, approvalReasons } of reviewJson(review).stacks) {
    if (approvalReasons.length === 0) continue;
    throw new PlanRefused(
      "needs-approval",
      `${stack}: this plan needs approval (${approvalReasons.join(", ")}). After looking at it, add --approve.`,
    );
  }
  if (opened > 0)
    throw new PlanRefused(
      "needs-approval",
      `this plan needs approval: it opens ${opened} ${opened === 1 ? "way" : "ways"} in. After looking at it, add --approve.`,
    );
}

function refuseOther(manifest: PlanManifest, stack: string, target: Target, directory: string): void {
  if (manifest.stack !== stack) {
    throw new PlanRefused("other-stack", `${directory} holds a plan of ${manifest.stack}, not of ${stack}.`);
  }
  if (manifest.target !== target) {
    throw new PlanRefused(
      "other-target",
      `${directory} holds a plan for ${manifest.target}, not for ${target}. Say so with --target ${manifest.target}.`,
    );
  }
}

const changed = (what: string, { again, stack }: { readonly again: string; readonly stack: string }): PlanRefused =>
  new PlanRefused("changed", `${stack}: ${what}. ${again}`);
