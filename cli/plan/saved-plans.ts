import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { AccountGrant } from "../../review";
import { PlanBundle, type Target } from "./plan-bundle";
import type { Workspace } from "./prepare-stacks";
import { StackDirectory } from "./stack-directory";
import type { DeploymentTarget } from "./target";

/**
 * Lets saved plans be read as those who review plans take them, `STACK=FILE` each. The files hold secrets in plain text:
 * they are private to this user, and gone when `use` ends.
 *
 * @param folders of saved plans whose stacks are still in the workspace as they were planned
 * @param targetOf opens a target; Terraform asks the providers of a plan how to read it
 * @throws {UserError}
 */
export async function withSavedPlans<Result>(
  folders: readonly string[],
  { output }: Workspace,
  targetOf: (name: Target) => Promise<DeploymentTarget>,
  use: (plans: readonly string[], foreignGrants: ReadonlyMap<string, readonly AccountGrant[]>) => Promise<Result>,
): Promise<Result> {
  const opened = new Map<Target, DeploymentTarget>();
  const folder = await mkdtemp(join(tmpdir(), "keyless-plans-"));
  try {
    const plans: string[] = [];
    const grants = new Map<string, readonly AccountGrant[]>();
    for (const each of folders) {
      const bundle = new PlanBundle(resolve(each));
      const { stack, target: name } = await bundle.manifest();
      const target = opened.get(name) ?? (await targetOf(name));
      opened.set(name, target);
      const directory = join(output, "stacks", stack);
      const environment = await target.environmentOf(stack);
      const file = join(folder, `${stack}.json`);
      const text = await new StackDirectory({ stack, directory, environment }).show(bundle.planFile);
      await writeFile(file, text, { mode: 0o600, flag: "wx" });
      plans.push(`${stack}=${file}`);
      const foreign = await bundle.foreignGrants();
      if (foreign !== undefined) grants.set(stack, foreign);
    }
    return await use(plans, grants);
  } finally {
    await rm(folder, { recursive: true, force: true });
    for (const target of opened.values()) await target.close();
  }
}
