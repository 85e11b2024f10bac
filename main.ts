import { App } from "cdktf";
import { PropertyError } from "./constructs/federation";
import { EnvironmentStack } from "./environments/environment-stack";
import { EnvironmentError, type EnvironmentName, environmentNames, loadEnvironment } from "./environments/load";
import { ImageError } from "./images/image-error";

/**
 * Synthesizes one stack for each environment, or only the one that KEYLESS_ENVIRONMENT names. KEYLESS_STATE_DIRECTORY
 * is where the state is kept on the local disk, in place of where the environment says. What an environment file
 * gets wrong, or keeps a handler from being bundled, is printed one line a problem, and ends with exit code 1.
 */
function main(): void {
  const environments = selectedEnvironments().map(loadEnvironment);
  // Stack traces would put machine paths into the output. Validation of terraform_data runs `terraform version`, which
  // synthesis does without; the stacks state the version they require.
  const app = new App({ stackTraces: false, skipValidation: true });
  for (const environment of environments) new EnvironmentStack(app, environment, stateDirectory());
  app.synth();
}

/** The twin keeps states of its own: what is in Google is none of its business. */
function stateDirectory(): string | undefined {
  const directory = process.env["KEYLESS_STATE_DIRECTORY"];
  return directory === "" ? undefined : directory;
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
  const isExplained =
    error instanceof EnvironmentError || error instanceof PropertyError || error instanceof ImageError;
  if (!isExplained) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
