import type { AuthClient } from "google-auth-library";
import { cloudPlatformScope } from "../../facts/google-endpoints";
import { DeployStepError } from "./deploy-step-error";

/** Environment variable with an access token, of the same name as for Terraform's Google provider. */
const tokenVariable = "GOOGLE_OAUTH_ACCESS_TOKEN";

interface Credentials {
  accessToken(): Promise<string>;
  quotaProject(): Promise<string | undefined>;
}

/**
 * `GOOGLE_OAUTH_ACCESS_TOKEN`, or else Application Default Credentials
 * (cloud.google.com/docs/authentication/application-default-credentials).
 */
export function adcCredentials(environment: NodeJS.ProcessEnv): Credentials {
  const given = environment[tokenVariable];
  if (given !== undefined && given !== "") {
    return {
      accessToken: async () => headerSafe(given),
      quotaProject: async () => undefined,
    };
  }
  let client: Promise<AuthClient> | undefined;
  const signedIn = (): Promise<AuthClient> => {
    client ??= applicationDefaultClient();
    return client;
  };
  return {
    async accessToken() {
      const { token } = await (await signedIn()).getAccessToken().catch(notSignedIn);
      if (!token) return notSignedIn();
      return headerSafe(token);
    },
    quotaProject: async () => (await signedIn()).quotaProjectId,
  };
}

async function applicationDefaultClient(): Promise<AuthClient> {
  // Loaded only here: a step with a token of its own does without.
  const { GoogleAuth } = await import("google-auth-library");
  return new GoogleAuth({ scopes: [cloudPlatformScope] }).getClient().catch(notSignedIn);
}

function headerSafe(token: string): string {
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new DeployStepError("no-access-token", "The access token has characters that no access token has.");
  }
  return token;
}

/** The library's own message is left out: it may repeat parts of a credential file. */
function notSignedIn(): never {
  throw new DeployStepError(
    "no-access-token",
    `No access token. Run "gcloud auth application-default login", or set ${tokenVariable}.`,
  );
}
