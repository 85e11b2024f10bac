import { join } from "node:path";
import type { EnvironmentName } from "../../environments/load";
import { runSynthesizer } from "../start/synthesize";
import type { Narrator } from "./narrator";
import { bringProviderLock, keepProviderLock } from "./provider-lock";
import { StackDirectory } from "./stack-directory";
import type { DeploymentTarget } from "./target";

export interface Workspace {
  /** The project's folder. */
  readonly project: string;
  /** Folder of the synthesis, `cdktf.out` in the project. Deploy-time steps expect the project above it. */
  readonly output: string;
}

/**
 * Synthesizes stacks. Their folders are prepared (`terraform init`) once Terraform asks for it.
 * @throws {UserError}
 */
export async function prepareStacks(
  names: readonly EnvironmentName[],
  target: DeploymentTarget,
  { project, output }: Workspace,
  narrator: Narrator,
): Promise<readonly StackDirectory[]> {
  const [only, ...others] = names;
  await narrator.task(`Synthesize ${names.join(", ")}`, () =>
    runSynthesizer(output, {
      ...target.synthesis,
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
    stacks.push(
      new StackDirectory({
        stack: name,
        directory,
        environment: await target.environmentOf(name),
        readonlyLock: held,
        onInit: target.name === "google" && !held ? keepLock : undefined,
        onApplyLine: narrator.line,
        onPlanLine: narrator.detail,
      }),
    );
  }
  return stacks;
}
