import { setTimeout as wait } from "node:timers/promises";
import type { DeployStep, Twin } from "../../twin";
import { runDeployStep } from "../deploy-steps";

const command = /^node cli\/keyless\.cjs step ([a-z-]+)$/;

/** Runs a deploy-time step as Terraform would, against the twin's addresses and with its deployer's token. */
export async function deployStepOnTwin(twin: Twin, step: DeployStep): Promise<void> {
  const name = command.exec(step.command)?.[1];
  if (name === undefined)
    throw new Error(`${step.stack}: ${step.address} runs "${step.command}", which is no step of Keyless`);
  await runDeployStep(
    name,
    { ...step.environment, KEYLESS_ENDPOINTS: JSON.stringify(twin.stepEndpoints) },
    {
      fetch: twin.fetch,
      accessToken: async () => twin.google.deployerToken,
      now: Date.now,
      sleep: async (milliseconds) => {
        await wait(milliseconds);
      },
      report: () => undefined,
    },
  );
}
