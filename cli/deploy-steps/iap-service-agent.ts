import { z } from "zod";
import { deploySteps } from "../../constructs/delivery/deploy-step-inputs";
import { iapServiceAgent } from "../../facts/iap";
import { DeployStepError } from "./deploy-step-error";
import type { DeployStepRun } from "./deploy-step-run";
import { projectNumber, readInputs } from "./step-inputs";

/** google.longrunning.Operation, with a ServiceIdentity in it. */
const answer = z.object({
  name: z.string().regex(/^operations\/[A-Za-z0-9._-]+$/),
  done: z.boolean().default(false),
  error: z.object({ message: z.string().default("") }).optional(),
  response: z.object({ email: z.string().optional() }).optional(),
});

const inputSchema = z.object({ projectNumber });
const role = "roles/serviceusage.serviceUsageAdmin";
/** Milliseconds between two looks at the operation. */
const pollingPause = 2_000;

/**
 * Makes Google create IAP's service agent of the project. The call gives the same account however often it is made,
 * and there is no call that only looks.
 * Source: cloud.google.com/service-usage/docs/reference/rest/v1beta1/services/generateServiceIdentity.
 */
export async function createIapServiceAgent({ api, environment, endpoints }: DeployStepRun): Promise<void> {
  const inputs = readInputs(environment, deploySteps["iap-service-agent"].inputs, inputSchema);
  const agent = iapServiceAgent(inputs.projectNumber);
  const service = `projects/${inputs.projectNumber}/services/iap.googleapis.com`;
  api.report(`asking for ${agent}`);
  const url = `${endpoints.serviceUsage}/v1beta1/${service}:generateServiceIdentity`;
  let operation = await api.call({ method: "POST", url, answer, role });
  while (!operation.done) {
    await api.pause(`${operation.name} is under way`, pollingPause);
    operation = await api.call({ method: "GET", url: `${endpoints.serviceUsage}/v1/${operation.name}`, answer, role });
  }
  if (operation.error !== undefined) {
    throw new DeployStepError("refused", `${service}: no service agent: ${operation.error.message.slice(0, 300)}`);
  }
  const email = operation.response?.email;
  if (email !== undefined && email !== agent) {
    throw new DeployStepError("unexpected-answer", `${service}: expected the service agent ${agent}, got another.`);
  }
  api.report(`${agent} exists`);
}
