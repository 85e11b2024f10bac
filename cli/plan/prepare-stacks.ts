import { join } from "node:path";
import type { StackName } from "../commands/arguments";
import { runSynthesizer } from "../start/synthesize";
import type { Narrator } from "./narrator";
import { bringProviderLock, keepProviderLock } from "./provider-lock";
import { StackDirectory } from "./stack-directory";
import { type DeploymentTarget, requireLastingState } from "./target";

export interface Workspace {
  /** The project's folder. */
  readonly project: string;
  /** Folder of the synthesis, `cdktf.out` in the project. Deploy-time steps expect the project above it. */
  readonly output: string;
}

/** For the synthesis of a stack that is about to be destroyed; main.ts reads it. */
export const withoutProtection = (stack: StackName): Readonly<Record<string, string>> => ({
  KEYLESS_UNPROTECTED: stack,
});

/**
 * Synthesizes stacks. Their folders are prepared (`terraform init`) once Terraform asks for it.
 * @param synthesis further environment of the synthesis
 * @throws {UserError}
 */
export async function prepareStacks(
  names: readonly StackName[],
  target: DeploymentTarget,
  { project, output }: Workspace,
  narrator: Narrator,
  synthesis: Readonly<Record<string, string>> = {},
): Promise<readonly StackDirectory[]> {
  const [only, ...others] = names;
  await narrator.task(`Synthesize ${names.join(", ")}`, () =>
    runSynthesizer(output, {
      ...target.synthesis,
      ...synthesis,
      KEYLESS_ENVIRONMENT: only !== undefined && others.length === 0 ? only : "",
    }),
  );
  const stacks: StackDirectory[] = [];
  for (const name of names) {
    const directory = join(output, "stacks", name);
    // The twin's providers are no files, so there are no checksums of them.
    const held = target.name === "google" && (await bringProviderLock(project, directory));
    const keepLock = async () => {
      const kept = await keepProviderLock(project, directory);
      if (kept !== undefined) narrator.line(`Commit ${kept}: it holds the checksums of the providers.`);
    };
    const stack = new StackDirectory({
      stack: name,
      directory,
      environment: await target.environmentOf(name),
      readonlyLock: held,
      onInit: target.name === "google" && !held ? keepLock : undefined,
      onApplyLine: narrator.line,
      onPlanLine: narrator.detail,
    });
    requireLastingState(stack.stack, await stack.configuration(), target.name, process.env["CI"] === "true");
    stacks.push(stack);
  }
  return stacks;
}
