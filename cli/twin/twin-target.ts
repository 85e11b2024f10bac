import { join } from "node:path";
import type { TerraformAttachment, Twin } from "../../twin";
import type { Environments } from "../environments";
import type { Narrator } from "../plan/narrator";
import type { DeploymentTarget } from "../plan/target";
import { UserError } from "../user-error";
import type { TwinHome } from "./twin-home";

export interface TwinTarget extends DeploymentTarget {
  /** The twin itself, where this process runs it. */
  readonly twin: Twin | undefined;
}

/**
 * The local twin as a place to deploy to: the one that `keyless twin` serves, or else one in this process for as long
 * as the command runs.
 * @throws {UserError} where another command is using the twin
 */
export async function openTwinTarget(
  home: TwinHome,
  environments: Environments,
  narrator: Narrator,
): Promise<TwinTarget> {
  const owner = await home.claim();
  if (owner === undefined) return ownTwin(home, environments, narrator);
  const { pid, environments: served } = owner;
  if (served === null) {
    throw new UserError(`another command (process ${pid}) is using the twin. Try again when it has ended.`);
  }
  return {
    name: "twin",
    synthesis: synthesisFor(home),
    twin: undefined,
    environmentOf: async (stack) => {
      const environment = served[stack];
      if (environment === undefined) throw new UserError(`the twin of process ${pid} does not serve ${stack}`);
      return environment;
    },
    close: async () => undefined,
  };
}

async function ownTwin(home: TwinHome, environments: Environments, narrator: Narrator): Promise<TwinTarget> {
  try {
    const { twin, close } = await narrator.task("Start the twin with what was deployed to it", async () => {
      // Whoever uses a twin that is served does without its code.
      const { startSavedTwin } = await import("./saved-twin");
      return startSavedTwin(home, environments);
    });
    return {
      name: "twin",
      synthesis: synthesisFor(home),
      twin,
      environmentOf: async (stack) => terraformEnvironment(home, stack, await twin.attachTerraform(stack)),
      close: async () => {
        await close();
        await home.release();
      },
    };
  } catch (error) {
    await home.release();
    throw error;
  }
}

/**
 * With which Terraform finds the twin. What `terraform init` notes in its data folder is kept apart from what it notes for
 * Google: another backend makes it ask what to do with the state.
 */
export const terraformEnvironment = (
  home: TwinHome,
  stack: string,
  { environment }: TerraformAttachment,
): Readonly<Record<string, string>> => ({
  ...environment,
  ...synthesisFor(home),
  TF_DATA_DIR: join(home.directory, "terraform", stack),
});

/** The twin's states lie beside what they describe. */
export const synthesisFor = (home: TwinHome): Readonly<Record<string, string>> => ({
  KEYLESS_STATE_DIRECTORY: home.states,
});
