import { z } from "zod";
import { deploySteps } from "../../constructs/delivery/deploy-step-inputs";
import type { DeployStepRun } from "./deploy-step-run";
import { oauthClient, oauthCredential, projectId, readInputs } from "./step-inputs";

const answer = z.object({ disabled: z.boolean().default(false) });
const inputSchema = z.object({ projectId, oauthClient, credential: oauthCredential });
const role = "roles/iam.oauthClientAdmin";

/**
 * Disables a credential that Terraform is about to delete; one that is gone already needs nothing.
 * Source: cloud.google.com/iam/docs/workforce-manage-oauth-app#delete-credential.
 */
export async function disableOauthCredential({ api, environment, endpoints }: DeployStepRun): Promise<void> {
  const inputs = readInputs(environment, deploySteps["oauth-credential-disable"].inputs, inputSchema);
  const client = `projects/${inputs.projectId}/locations/global/oauthClients/${inputs.oauthClient}`;
  const name = `${client}/credentials/${inputs.credential}`;
  const url = `${endpoints.iam}/v1/${name}`;
  const credential = await api.callUnlessAbsent({ method: "GET", url, answer, role });
  if (credential === undefined || credential.disabled) {
    api.report(`${name} is ${credential === undefined ? "gone" : "disabled"} already`);
    return;
  }
  api.report(`disabling ${name}`);
  const body = { disabled: true };
  await api.callUnlessAbsent({ method: "PATCH", url: `${url}?updateMask=disabled`, body, answer, role });
  api.report(`${name} is disabled`);
}
