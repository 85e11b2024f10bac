import { z } from "zod";
import { deploySteps } from "../../constructs/delivery/deploy-step-inputs";
import { iapRedirectUri } from "../../facts/google-endpoints";
import { DeployStepError } from "./deploy-step-error";
import type { DeployStepRun } from "./deploy-step-run";
import { generatedClientId, oauthClient, projectId, readInputs } from "./step-inputs";

const answer = z.object({
  clientId: z.string(),
  state: z.string().optional(),
  allowedRedirectUris: z.array(z.string()).default([]),
});

const inputSchema = z.object({ projectId, oauthClient, clientId: generatedClientId });
const role = "roles/iam.oauthClientAdmin";

/**
 * Gives the OAuth client IAP's redirect URI and no other: what else stands there could receive the sign-in.
 * Source: cloud.google.com/iam/docs/reference/rest/v1/projects.locations.oauthClients/patch.
 */
export async function setOauthRedirectUri({ api, environment, endpoints }: DeployStepRun): Promise<void> {
  const inputs = readInputs(environment, deploySteps["oauth-redirect-uri"].inputs, inputSchema);
  const name = `projects/${inputs.projectId}/locations/global/oauthClients/${inputs.oauthClient}`;
  const url = `${endpoints.iam}/v1/${name}`;
  const wanted = iapRedirectUri(inputs.clientId);
  const isSet = ({ allowedRedirectUris }: z.output<typeof answer>): boolean =>
    allowedRedirectUris.length === 1 && allowedRedirectUris[0] === wanted;

  const client = await api.call({ method: "GET", url, answer, role });
  if (client.state === "DELETED") {
    throw new DeployStepError("refused", `${name} is deleted and its id is kept for 30 days: raise the generation.`);
  }
  if (client.clientId !== inputs.clientId) {
    throw new DeployStepError("refused", `${name} has another client id than Terraform's state: refresh the state.`);
  }
  if (isSet(client)) {
    api.report(`${name} has its redirect URI already`);
    return;
  }
  api.report(`setting the redirect URI of ${name}`);
  const body = { allowedRedirectUris: [wanted] };
  const patched = await api.call({ method: "PATCH", url: `${url}?updateMask=allowedRedirectUris`, body, answer, role });
  if (!isSet(patched)) {
    throw new DeployStepError("unexpected-answer", `${name} took the redirect URI but does not show it.`);
  }
  api.report(`${name} now redirects to IAP`);
}
