import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AccountGrant, ReportExitCode } from "../../review";
import type { StackName } from "../commands/arguments";
import { type DriftCommandOptions, driftCommand } from "../drift";
import { foreignGrantsIfReadable } from "./foreign-grants";
import type { PlanCommandContext } from "./plan-command";
import { prepareStacks } from "./prepare-stacks";

/**
 * Looks whether somebody changed stacks past Terraform. Nothing is changed and the state is not locked, so that an
 * identity that may only read can do it.
 * @returns 0 nothing, 2 changed outside, 3 changed outside with a grave effect or a resource gone
 * @throws {UserError}
 */
export async function driftOfStacks(
  names: readonly StackName[],
  report: Omit<DriftCommandOptions, "plans" | "stacksFolder" | "foreignGrants">,
  { target, workspace, narrator }: Omit<PlanCommandContext, "print">,
): Promise<ReportExitCode> {
  const stacks = await prepareStacks(names, target, workspace, narrator);
  // Plans hold secrets in plain text: private to this user, and only for as long as the report takes.
  const folder = await mkdtemp(join(tmpdir(), "keyless-drift-"));
  try {
    const plans: string[] = [];
    const grants = new Map<string, readonly AccountGrant[]>();
    for (const stack of stacks) {
      await narrator.task(`Compare ${stack.stack} with the cloud`, async () => {
        const planFile = join(folder, `${stack.stack}.tfplan`);
        await stack.plan(planFile, { refreshOnly: true, lock: false });
        const file = join(folder, `${stack.stack}.json`);
        const text = await stack.show(planFile);
        await writeFile(file, text, { mode: 0o600 });
        const foreign = await foreignGrantsIfReadable(stack, text, narrator.line);
        if (foreign !== undefined) grants.set(stack.stack, foreign);
        plans.push(`${stack.stack}=${file}`);
      });
    }
    return await driftCommand({
      ...report,
      plans,
      foreignGrants: grants,
      stacksFolder: join(workspace.output, "stacks"),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
