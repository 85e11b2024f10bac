import type { AccountGrant } from "../../review";
import { environmentNames, type StackName } from "../commands/arguments";
import { type DriftCommandOptions, driftCommand } from "../drift";
import { loadEnvironments } from "../environments";
import { reviewCommand } from "../review";
import { TwinHome } from "../twin/twin-home";
import { openTwinTarget } from "../twin/twin-target";
import { UserError } from "../user-error";
import { type DeployCommandOptions, deployCommand } from "./deploy-command";
import { driftOfStacks } from "./drift-of-stacks";
import { type Narrator, terminalNarrator } from "./narrator";
import type { Target } from "./plan-bundle";
import { type PlanCommandContext, type PlanCommandOptions, planCommand } from "./plan-command";
import { withSavedPlans } from "./saved-plans";
import { type DeploymentTarget, googleTarget } from "./target";
import { usualWorkspace } from "./usual-workspace";

/** What commands of all kinds are told. */
export interface RunOptions {
  readonly target: Target;
  readonly verbose: boolean;
}

/** `keyless plan`. Returns the exit code. @throws {UserError} */
export function runPlan(names: readonly StackName[], options: PlanCommandOptions & RunOptions): Promise<number> {
  return onTarget(options, (context) => planCommand(allUnlessGiven(names), options, context));
}

/** `keyless deploy` and `keyless destroy`. Returns the exit code. @throws {UserError} */
export function runDeploy(name: StackName | undefined, options: DeployCommandOptions & RunOptions): Promise<number> {
  return onTarget(options, (context) => deployCommand(name, options, context));
}

export interface RunDriftOptions extends RunOptions {
  /** Refresh-only plans to judge in place of making some, `STACK=FILE`. */
  readonly plan?: readonly string[] | undefined;
  /** Folders of saved refresh-only plans to judge in place of making some. */
  readonly saved?: readonly string[] | undefined;
  readonly allow?: string | undefined;
  readonly json: boolean;
  readonly jsonFile?: string | undefined;
  readonly markdown?: string | undefined;
  readonly sarif?: string | undefined;
  readonly commit?: string | undefined;
  readonly runUrl?: string | undefined;
}

/** `keyless drift`. Returns the exit code. @throws {UserError} */
export async function runDrift(names: readonly StackName[], options: RunDriftOptions): Promise<number> {
  const { plan = [], saved = [], allow, json, jsonFile, markdown, sarif, commit, runUrl } = options;
  const report: Omit<DriftCommandOptions, "plans"> = {
    json,
    ...(allow === undefined ? {} : { allowFile: allow }),
    ...(jsonFile === undefined ? {} : { jsonFile }),
    ...(markdown === undefined ? {} : { markdownFile: markdown }),
    ...(sarif === undefined ? {} : { sarifFile: sarif }),
    ...(commit === undefined ? {} : { commit }),
    ...(runUrl === undefined ? {} : { runUrl }),
  };
  if (plan.length > 0 || saved.length > 0) {
    if (names.length > 0) throw new UserError("give stacks or plans, not both");
    return withPlans(plan, saved, options, (plans, foreignGrants) => driftCommand({ ...report, plans, foreignGrants }));
  }
  const all = allUnlessGiven(names);
  return onTarget(options, (context) => driftOfStacks(all, report, context));
}

export interface RunReviewOptions {
  /** Folders of saved plans to review. */
  readonly saved?: readonly string[] | undefined;
  readonly stacksFolder: string;
  readonly json: boolean;
  readonly jsonFile?: string | undefined;
  readonly markdown?: string | undefined;
  readonly commit?: string | undefined;
  readonly runUrl?: string | undefined;
}

/** `keyless review`. Returns the exit code. @throws {UserError} */
export function runReview(plans: readonly string[], options: RunReviewOptions): Promise<number> {
  const { saved = [], stacksFolder, json, jsonFile, markdown, commit, runUrl } = options;
  return withPlans(plans, saved, { verbose: false }, (all) =>
    reviewCommand({
      plans: all,
      stacksFolder,
      json,
      ...(jsonFile === undefined ? {} : { jsonFile }),
      ...(markdown === undefined ? {} : { markdownFile: markdown }),
      ...(commit === undefined ? {} : { commit }),
      ...(runUrl === undefined ? {} : { runUrl }),
    }),
  );
}

function withPlans(
  plans: readonly string[],
  saved: readonly string[],
  { verbose }: Pick<RunOptions, "verbose">,
  use: (plans: readonly string[], foreignGrants: ReadonlyMap<string, readonly AccountGrant[]>) => Promise<number>,
): Promise<number> {
  const narrator = terminalNarrator(process.stderr, verbose);
  const open = (name: Target) => openTarget(name, narrator);
  return withSavedPlans(saved, usualWorkspace(), open, (shown, grants) => use([...plans, ...shown], grants));
}

/** The organization is deployed once, by its own administrators: who means it names it. */
const allUnlessGiven = (names: readonly StackName[]): readonly StackName[] =>
  names.length === 0 ? environmentNames : [...new Set(names)];

async function onTarget(
  { target: name, verbose }: RunOptions,
  work: (context: PlanCommandContext) => Promise<number>,
): Promise<number> {
  const narrator = terminalNarrator(process.stderr, verbose);
  const target = await openTarget(name, narrator);
  try {
    return await work({
      target,
      workspace: usualWorkspace(),
      narrator,
      print: (text) => {
        process.stdout.write(`${text}\n`);
      },
    });
  } finally {
    await target.close();
  }
}

const openTarget = (name: Target, narrator: Narrator): Promise<DeploymentTarget> =>
  name === "google" ? Promise.resolve(googleTarget) : openTwinTarget(TwinHome.usual(), loadEnvironments(), narrator);
