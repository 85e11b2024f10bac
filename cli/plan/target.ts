import { z } from "zod";
import { UserError } from "../user-error";
import type { Target } from "./plan-bundle";

/** Where stacks are deployed to, ready to be used. */
export interface DeploymentTarget {
  readonly name: Target;
  /** For the synthesis: where state is kept. */
  readonly synthesis: Readonly<Record<string, string>>;
  /** For Terraform, beside its own environment. */
  environmentOf(stack: string): Promise<Readonly<Record<string, string>>>;
  /** Ends what was started for it. */
  close(): Promise<void>;
}

/** Google Cloud and Entra, with the credentials that Terraform's providers find by themselves. */
export const googleTarget: DeploymentTarget = {
  name: "google",
  synthesis: {},
  environmentOf: async () => ({}),
  close: async () => undefined,
};

const localState = z.object({ terraform: z.object({ backend: z.object({ local: z.unknown() }) }) });

/**
 * A job of CI starts on an empty disk: with the state there, it would plan to create everything a second time.
 * @param configuration the stack's cdk.tf.json
 * @throws {UserError}
 */
export function requireLastingState(stack: string, configuration: string, target: Target, inCi: boolean): void {
  if (target === "twin" || !inCi || !localState.safeParse(JSON.parse(configuration)).success) return;
  throw new UserError(
    `environments/${stack}.ts keeps Terraform's state on the local disk, which a CI job loses. Set state: { bucket: "NAME" }.`,
  );
}
