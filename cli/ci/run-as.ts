import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../../environments/schema";
import { googleEndpoints } from "../../facts/google-endpoints";
import { UserError } from "../user-error";
import { type CiIdentity, type CiKind, ciIdentity } from "./ci-identity";

/**
 * Runs a command of a GitHub Actions job as an identity of CI. Google's libraries and Terraform's Google provider find a
 * credential configuration in a private file that is gone when the command ends; it holds no key, but how to ask GitHub
 * for the job's token. The Entra provider asks GitHub by itself.
 *
 * @returns the command's exit code
 * @throws {UserError} outside of a job that may ask for a token
 */
export async function runAs(
  environment: Environment,
  kind: CiKind,
  [command, ...parameters]: readonly string[],
  variables: NodeJS.ProcessEnv,
): Promise<number> {
  if (command === undefined) throw new UserError("which command? keyless ci as dev plan -- COMMAND");
  const folder = await mkdtemp(join(variables["RUNNER_TEMP"] ?? tmpdir(), "keyless-identity-"));
  try {
    const file = join(folder, "google.json");
    const configuration = credentialConfiguration(ciIdentity(environment, kind), tokenRequestOf(variables));
    await writeFile(file, JSON.stringify(configuration), { mode: 0o600, flag: "wx" });
    const child = spawn(command, parameters, {
      stdio: "inherit",
      env: {
        ...variables,
        ...variablesOf(environment.name, variables),
        GOOGLE_APPLICATION_CREDENTIALS: file,
        ARM_USE_OIDC: "true",
        ARM_CLIENT_ID: entraClientId(environment.name, kind, variables),
        ARM_TENANT_ID: environment.entra.tenantId,
      },
    });
    const handOn = (signal: NodeJS.Signals) => child.kill(signal);
    const signals: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM"];
    for (const signal of signals) process.on(signal, handOn);
    try {
      return await new Promise<number>((resolve, reject) => {
        child.on("error", () => reject(new UserError(`${command} cannot be run`)));
        child.on("close", (code) => resolve(code ?? 1));
      });
    } finally {
      for (const signal of signals) process.off(signal, handOn);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** One job works on several environments: `TF_VAR_NAME_dev` is what `TF_VAR_NAME` is for dev. */
function variablesOf(name: string, variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const suffix = `_${name}`;
  return Object.fromEntries(
    Object.entries(variables)
      .filter(([variable]) => variable.startsWith("TF_VAR_") && variable.endsWith(suffix))
      .map(([variable, value]) => [variable.slice(0, -suffix.length), value]),
  );
}

/**
 * The application in Entra has an id that Entra has made: a job knows it from a variable of the repository.
 * @throws {UserError}
 */
function entraClientId(name: string, kind: CiKind, variables: NodeJS.ProcessEnv): string {
  const variable = `ENTRA_${kind}_CLIENT_ID_${name}`.toUpperCase();
  const value = variables[variable] ?? "";
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value)) return value;
  throw new UserError(`${variable} is not set to a client id; the stack outputs it as ci_${kind}_client_id`);
}

/** Where a job asks GitHub for its token, and with what. */
export interface TokenRequest {
  readonly url: string;
  readonly token: string;
}

/** @throws {UserError} */
export function tokenRequestOf(variables: NodeJS.ProcessEnv): TokenRequest {
  const url = variables["ACTIONS_ID_TOKEN_REQUEST_URL"] ?? "";
  const token = variables["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] ?? "";
  if (!/^https:\/\//.test(url) || !/^[\x21-\x7e]+$/.test(token)) {
    throw new UserError("this job cannot ask GitHub for a token: it needs permissions: id-token: write");
  }
  return { url, token };
}

/**
 * Credential configuration of the type `external_account`, with the token out of a URL. The audience that GitHub puts into
 * the token is the provider's name with https, which providers accept unless told otherwise.
 * Source: google.aip.dev/auth/4117.
 */
export function credentialConfiguration({ audience, account }: CiIdentity, { url, token }: TokenRequest) {
  const request = new URL(url);
  request.searchParams.set("audience", `https:${audience}`);
  return {
    type: "external_account",
    audience,
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    token_url: `${googleEndpoints.securityTokenService}/v1/token`,
    service_account_impersonation_url: `${googleEndpoints.iamCredentials}/v1/projects/-/serviceAccounts/${account}:generateAccessToken`,
    credential_source: {
      url: request.href,
      headers: { Authorization: `bearer ${token}` },
      format: { type: "json", subject_token_field_name: "value" },
    },
  };
}
