import { App } from "cdktf";
import { PropertyError } from "./constructs/federation";
import { EnvironmentStack } from "./environments/environment-stack";
import { EnvironmentError, type EnvironmentName, environmentNames, loadEnvironment } from "./environments/load";

/**
 * Synthesizes one stack for each environment, or only the one that KEYLESS_ENVIRONMENT names. What an environment file
 * gets wrong is printed one line a problem, and ends with exit code 1.
 */
function main(): void {
  const environments = selectedEnvironments().map(loadEnvironment);
  // Stack traces would put machine paths into the output. Validation of terraform_data runs `terraform version`, which
  // synthesis does without; the stacks state the version they require.
  const app = new App({ stackTraces: false, skipValidation: true });
  for (const environment of environments) new EnvironmentStack(app, environment);
  app.synth();
}

function selectedEnvironments(): readonly EnvironmentName[] {
  const selected = process.env["KEYLESS_ENVIRONMENT"];
  if (selected === undefined || selected === "") return environmentNames;
  const known = environmentNames.filter((name) => name === selected);
  if (known.length > 0) return known;
  throw new EnvironmentError([
    `KEYLESS_ENVIRONMENT: expected one of ${environmentNames.join(", ")}, got "${selected}"`,
  ]);
}

try {
  main();
} catch (error) {
  if (!(error instanceof EnvironmentError || error instanceof PropertyError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
