import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Twin } from "../../twin";
import { environmentNames, type StackName } from "../commands/arguments";
import { type Environments, loadEnvironments } from "../environments";
import { deployCommand } from "../plan/deploy-command";
import type { Narrator } from "../plan/narrator";
import { prepareStacks, withoutProtection } from "../plan/prepare-stacks";
import { settleState } from "../plan/settle-state";
import { usualWorkspace } from "../plan/usual-workspace";
import { walkTour } from "../tour/tour";
import { UserError } from "../user-error";
import { cdktf } from "./cdktf";
import { TwinHome } from "./twin-home";
import { openTwinTarget, type TwinTarget } from "./twin-target";

export interface TwinDeployOptions {
  /** With which program: `cdktf deploy`, or `keyless deploy`. */
  readonly through: "cdktf" | "keyless";
  /** Whether to walk the tour of what was deployed; there is one of each environment. */
  readonly tour: boolean;
  /** Whether to lift the protection first, on the way to destroying it. */
  readonly unprotect?: boolean;
  readonly narrator: Narrator;
  readonly print: (text: string) => void;
}

/**
 * Deploys an environment to the local twin, and looks whether it came out right: a second plan is empty, and every step of
 * the tour ends as expected. Or destroys it there.
 * @throws {UserError}
 */
export async function deployOnTwin(
  command: "deploy" | "destroy",
  name: StackName,
  options: TwinDeployOptions,
): Promise<void> {
  const { narrator, print } = options;
  const environments = loadEnvironments();
  const target = await openTwinTarget(TwinHome.usual(), environments, narrator);
  try {
    await run(command, name, target, options);
    if (command === "destroy") return print(`${name}: destroyed on the twin`);
    await requireEmptyPlan(name, target, narrator);
    print(`${name}: deployed on the twin; a second plan is empty`);
    // The tour signs in and calls from inside the twin, so it needs the one that this process runs.
    const environment = environmentNames.find((each) => each === name);
    if (!options.tour || target.twin === undefined || environment === undefined) return;
    const steps = await requireTour(environment, environments, target.twin, narrator);
    print(`${name}: ${steps} of ${steps} steps of the tour as expected`);
  } finally {
    await target.close();
  }
}

async function run(
  command: "deploy" | "destroy",
  name: StackName,
  target: TwinTarget,
  { through, unprotect = false, narrator }: TwinDeployOptions,
): Promise<void> {
  const workspace = usualWorkspace();
  if (through === "keyless") {
    const destroy = command === "destroy";
    const context = { target, workspace, narrator, print: () => undefined };
    await deployCommand(name, { destroy, unprotect, approve: true }, context);
    return;
  }
  const lifted = unprotect ? withoutProtection(name) : {};
  const commands = unprotect ? (["deploy", command] as const) : [command];
  for (const each of commands) {
    await narrator.task(`cdktf ${each} ${name} --auto-approve`, async () =>
      cdktf(each, name, {
        ...workspace,
        environment: { ...target.synthesis, ...lifted, ...(await target.environmentOf(name)) },
        onLine: narrator.line,
      }),
    );
  }
}

async function requireEmptyPlan(name: StackName, target: TwinTarget, narrator: Narrator): Promise<void> {
  const [stack] = await prepareStacks([name], target, usualWorkspace(), narrator);
  if (stack === undefined) throw new Error(`${name} was not prepared`);
  // A plan holds secrets in plain text: in the twin's private folder, and not for longer than needed.
  const planFile = join(TwinHome.usual().directory, "tfplan");
  const changes = await narrator.task(`Plan ${name} once more`, async () => {
    try {
      await settleState(stack, planFile);
      const { changes } = await stack.plan(planFile);
      return changes;
    } finally {
      await rm(planFile, { force: true });
    }
  });
  if (changes) throw new UserError(`${name}: a second plan is not empty. See: keyless plan ${name} --target twin`);
}

/** @returns how many steps there are */
async function requireTour(
  name: keyof Environments,
  environments: Environments,
  twin: Twin,
  narrator: Narrator,
): Promise<number> {
  await narrator.task("Start the services that keep an instance up", () => twin.runner.start());
  const results = await walkTour({
    twin,
    environment: environments[name],
    environments,
    around: ({ title }, walk) => narrator.task(title, walk),
  });
  const problems = results.flatMap(({ title, outcome }) => (outcome.ok ? [] : [`  ${title}: ${outcome.problem}`]));
  if (problems.length > 0) throw new UserError(`${name}: not as expected:\n${problems.join("\n")}`);
  return results.length;
}
