import type { DeployStepName } from "../../constructs/delivery/deploy-step-inputs";
import { migrateAppDatabases } from "./database-migrations";
import { type DeployStepDependencies, defaultDependencies } from "./dependencies";
import { DeployStepError } from "./deploy-step-error";
import type { DeployStepRun } from "./deploy-step-run";
import { readEndpoints } from "./endpoints";
import { GoogleApi } from "./google-api";
import { createIapServiceAgent } from "./iap-service-agent";
import { pushHandlerImage } from "./image-push";
import { disableOauthCredential } from "./oauth-credential-disable";
import { setOauthRedirectUri } from "./oauth-redirect-uri";

const steps = new Map<string, (run: DeployStepRun) => Promise<void>>(
  Object.entries({
    "oauth-redirect-uri": setOauthRedirectUri,
    "oauth-credential-disable": disableOauthCredential,
    "iap-service-agent": createIapServiceAgent,
    "image-push": pushHandlerImage,
    "database-migrations": migrateAppDatabases,
  } satisfies Record<DeployStepName, (run: DeployStepRun) => Promise<void>>),
);

/**
 * Runs one deploy-time step. Running it again changes nothing.
 *
 * @param environment holds the inputs (`constructs/delivery/deploy-step-inputs`) and, for the twin and tests,
 *   `KEYLESS_ENDPOINTS` with the origins `iam`, `serviceUsage`, `sqlAdmin`, `cloudRun` and `containerRegistry`
 * @throws {DeployStepError}
 */
export async function runDeployStep(
  name: string,
  environment: NodeJS.ProcessEnv,
  dependencies: DeployStepDependencies,
): Promise<void> {
  const step = steps.get(name);
  if (step === undefined) {
    const known = [...steps.keys()].join(", ");
    throw new DeployStepError("unknown-step", `There is no deploy step "${name.slice(0, 64)}", only ${known}.`);
  }
  const endpoints = readEndpoints(environment);
  await step({ api: new GoogleApi(name, dependencies), environment, endpoints, dependencies });
}

/** Runs the step for the `keyless step` command, as Terraform calls it. */
export async function runDeployStepFromEnvironment(name: string): Promise<void> {
  await runDeployStep(name, process.env, defaultDependencies(process.env));
}
