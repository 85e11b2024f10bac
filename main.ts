import { App } from "cdktf";
import { PropertyError } from "./constructs/federation";
import { enforcePolicies, PolicyError } from "./constructs/policy";
import { EnvironmentStack } from "./environments/environment-stack";
import { EnvironmentError, type EnvironmentName, environmentNames, loadEnvironment } from "./environments/load";
import { loadOrganization, organizationStackName } from "./environments/load-organization";
import { OrganizationStack } from "./environments/organization-stack";
import { policyExceptions } from "./environments/policy-exceptions";
import { ImageError } from "./images/image-error";

/**
 * Synthesizes one stack for each environment and that of the organization, or only the one that KEYLESS_ENVIRONMENT names. KEYLESS_STATE_DIRECTORY
 * is where the state is kept on the local disk, in place of where the environment says. KEYLESS_UNPROTECTED names the one
 * environment whose protection against destruction is lifted. What an environment file
 * gets wrong, breaks a policy, or keeps a handler from being bundled, is printed one line a problem, and ends with exit code 1.
 */
function main(): void {
  const selected = selectedStacks();
  // Stack traces would put machine paths into the output. Validation of terraform_data runs `terraform version`, which
  // synthesis does without; the stacks state the version they require.
  const app = new App({ stackTraces: false, skipValidation: true });
  const ofOrganization = selected.includes(organizationStackName);
  const environments = environmentNames
    .filter((name) => ofOrganization || selected.includes(name))
    .map((name) => loadEnvironment(name));
  if (ofOrganization) new OrganizationStack(app, loadOrganization(), environments, stateDirectory());
  for (const environment of environments.filter(({ name }) => selected.includes(name))) {
    new EnvironmentStack(app, environment, stateDirectory(), isProtected(environment.name));
  }
  enforcePolicies(app, { exceptions: policyExceptions });
  app.synth();
}

/** prod, unless KEYLESS_UNPROTECTED names it: on the way to destroying it. */
function isProtected(name: EnvironmentName): boolean {
  return name === "prod" && process.env["KEYLESS_UNPROTECTED"] !== name;
}

/** The twin keeps states of its own: what is in Google is none of its business. */
function stateDirectory(): string | undefined {
  const directory = process.env["KEYLESS_STATE_DIRECTORY"];
  return directory === "" ? undefined : directory;
}

const stackNames: readonly string[] = [organizationStackName, ...environmentNames];

function selectedStacks(): readonly string[] {
  const selected = process.env["KEYLESS_ENVIRONMENT"];
  if (selected === undefined || selected === "") return stackNames;
  if (stackNames.includes(selected)) return [selected];
  throw new EnvironmentError([`KEYLESS_ENVIRONMENT: expected one of ${stackNames.join(", ")}, got "${selected}"`]);
}

try {
  main();
} catch (error) {
  const isExplained =
    error instanceof EnvironmentError ||
    error instanceof PropertyError ||
    error instanceof PolicyError ||
    error instanceof ImageError;
  if (!isExplained) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
