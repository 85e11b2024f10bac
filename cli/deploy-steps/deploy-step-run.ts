import type { DeployStepDependencies } from "./dependencies";
import type { DeployStepEndpoints } from "./endpoints";
import type { GoogleApi } from "./google-api";

/** One run of a step. */
export interface DeployStepRun {
  readonly api: GoogleApi;
  readonly environment: NodeJS.ProcessEnv;
  readonly endpoints: DeployStepEndpoints;
  readonly dependencies: DeployStepDependencies;
}
