import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import {
  joinedReach,
  type ReportExitCode,
  readConstructPaths,
  reviewJson,
  reviewMarkdown,
  reviewPlans,
} from "../../review";
import type { StackName } from "../commands/arguments";
import { explained } from "../read-plans";
import { UserError } from "../user-error";
import { type MadePlan, makePlan } from "./make-plan";
import type { Narrator } from "./narrator";
import { PlanBundle } from "./plan-bundle";
import { prepareStacks, type Workspace } from "./prepare-stacks";
import { shortReach } from "./short-reach";
import { shortReview } from "./short-review";
import type { StackDirectory } from "./stack-directory";
import type { DeploymentTarget } from "./target";

export interface PlanCommandOptions {
  /** Folder of the plan; with several stacks, of a folder for each. `.keyless/plans/STACK` unless given. */
  readonly out?: string | undefined;
  /** Fingerprint that the plan must have; with one stack only. */
  readonly expect?: string | undefined;
  readonly destroy?: boolean;
  readonly refreshOnly?: boolean;
  /** Construct paths or Terraform addresses of what is made anew, though nothing of it changes; with one stack only. */
  readonly replace?: readonly string[];
  readonly lock?: boolean;
  /** Print JSON in place of the short review. */
  readonly json?: boolean;
  /** Write the review as Markdown to this file. */
  readonly markdown?: string | undefined;
  /** Commit that is planned; stands at the end of the Markdown. */
  readonly commit?: string | undefined;
  /** https address of the run; stands at the end of the Markdown. */
  readonly runUrl?: string | undefined;
}

export interface PlanCommandContext {
  readonly target: DeploymentTarget;
  readonly workspace: Workspace;
  readonly narrator: Narrator;
  /** Takes what the command answers. */
  readonly print: (text: string) => void;
}

/**
 * Plans stacks and saves the plans.
 * @returns 0 no changes, 2 changes, 3 changes that need approval
 * @throws {UserError}
 */
export async function planCommand(
  names: readonly StackName[],
  options: PlanCommandOptions,
  context: PlanCommandContext,
): Promise<ReportExitCode> {
  const { out, expect, destroy = false, refreshOnly = false, lock = true, replace = [] } = options;
  if (expect !== undefined && names.length !== 1) throw new UserError("--expect goes with one stack");
  if (replace.length > 0 && names.length !== 1) throw new UserError("--replace goes with one stack");
  const { target, workspace, narrator, print } = context;
  const stacks = await prepareStacks(names, target, workspace, narrator);
  const made: { readonly directory: string; readonly plan: MadePlan }[] = [];
  for (const stack of stacks) {
    const directory = bundleDirectory(workspace, stack.stack, out, names.length > 1);
    const addresses = await addressesOf(stack, replace);
    const planned = { destroy, refreshOnly, lock, replace: addresses };
    const plan = await narrator.task(`Plan ${stack.stack}`, () =>
      makePlan(stack, new PlanBundle(directory), target.name, planned, narrator.line),
    );
    made.push({ directory, plan });
  }
  const review = reviewPlans(
    made.map(({ plan }) => plan.plan),
    joinedReach(made.map(({ plan }) => plan.review.reach)),
  );
  const json = reviewJson(review);
  if (options.markdown !== undefined) {
    const { commit, runUrl } = options;
    const origin = { ...(commit === undefined ? {} : { commit }), ...(runUrl === undefined ? {} : { runUrl }) };
    const markdown = await explained(async () => reviewMarkdown(review, origin));
    await writeFile(options.markdown, markdown);
  }
  const saved = made.map(({ directory, plan: { manifest } }) => ({
    stack: manifest.stack,
    directory,
    fingerprint: manifest.fingerprint,
  }));
  if (options.json === true) print(JSON.stringify({ ...json, plans: saved }, undefined, 2));
  else {
    for (const stack of json.stacks) for (const line of shortReview(stack)) print(line);
    for (const line of shortReach(json.reach)) print(line);
    for (const { stack, directory, fingerprint } of saved) print(`${stack}: saved in ${directory}, ${fingerprint}`);
  }
  const [only] = saved;
  if (expect !== undefined && only?.fingerprint !== expect) {
    throw new UserError(
      `${only?.stack ?? "plan"}: this is not the plan that was approved: expected ${expect}, got ${only?.fingerprint ?? "none"}. Have the new plan reviewed.`,
    );
  }
  return review.exitCode;
}

/** Terraform takes an address that it does not know for nothing to do, so that a misspelt one would go unnoticed. */
async function addressesOf(stack: StackDirectory, named: readonly string[]): Promise<readonly string[]> {
  if (named.length === 0) return [];
  const paths = readConstructPaths(await stack.configuration(), stack.stack);
  return named.map((name) => {
    for (const [address, path] of paths) if (name === address || name === path) return address;
    throw new UserError(`${stack.stack} declares no resource ${name}; expected a construct path or an address`);
  });
}

/** @param several whether the folder holds one for each stack */
export function bundleDirectory(
  { project }: Workspace,
  stack: string,
  out: string | undefined,
  several: boolean,
): string {
  if (out === undefined) return join(project, ".keyless", "plans", stack);
  return several ? resolve(out, stack) : resolve(out);
}
