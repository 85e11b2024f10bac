import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EnvironmentName } from "../../environments/load";
import type { ReportExitCode } from "../../review";
import { type DriftCommandOptions, driftCommand } from "../drift";
import type { PlanCommandContext } from "./plan-command";
import { prepareStacks } from "./prepare-stacks";

/**
 * Looks whether somebody changed environments past Terraform. Nothing is changed and the state is not locked, so that an
 * identity that may only read can do it.
 * @returns 0 nothing, 2 changed outside, 3 changed outside with a grave effect or a resource gone
 * @throws {UserError}
 */
export async function driftOfEnvironments(
  names: readonly EnvironmentName[],
  report: Omit<DriftCommandOptions, "plans" | "stacksFolder">,
  { target, workspace, narrator }: Omit<PlanCommandContext, "print">,
): Promise<ReportExitCode> {
  const stacks = await prepareStacks(names, target, workspace, narrator);
  // Plans hold secrets in plain text: private to this user, and only for as long as the report takes.
  const folder = await mkdtemp(join(tmpdir(), "keyless-drift-"));
  try {
    const plans: string[] = [];
    for (const stack of stacks) {
      await narrator.task(`Compare ${stack.stack} with the cloud`, async () => {
        const planFile = join(folder, `${stack.stack}.tfplan`);
        await stack.plan(planFile, { refreshOnly: true, lock: false });
        const file = join(folder, `${stack.stack}.json`);
        await writeFile(file, await stack.show(planFile), { mode: 0o600 });
        plans.push(`${stack.stack}=${file}`);
      });
    }
    return await driftCommand({ ...report, plans, stacksFolder: join(workspace.output, "stacks") });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
