import { z } from "zod";
import { deploySteps } from "../../constructs/delivery/deploy-step-inputs";
import { accessTokenUser, locationOfContainerRegistry } from "../../facts/artifact-registry";
import {
  handlerImage,
  handlerNames,
  ImageDelivery,
  ImageError,
  type ImageReference,
  parseImageReference,
  RegistryError,
  type RegistryErrorCode,
  registryOrigin,
} from "../../images";
import { DeployStepError, type DeployStepErrorCode } from "./deploy-step-error";
import type { DeployStepRun } from "./deploy-step-run";
import { readInputs } from "./step-inputs";

/** The access token goes there, so it is none but Google's. */
const image = z.string().transform((text, context): Required<Omit<ImageReference, "tag">> => {
  const { registry = "", repository = "", digest, tag } = parseImageReference(text) ?? {};
  if (locationOfContainerRegistry(registry) !== undefined && digest !== undefined && tag === undefined) {
    return { registry, repository, digest };
  }
  context.addIssue({ code: "custom", message: "expected an image of Artifact Registry by digest, without a tag" });
  return z.NEVER;
});
const handler = z.enum(handlerNames, `expected one of ${handlerNames.join(", ")}`);
const inputSchema = z.object({ handler, image });

const codes: Readonly<Record<RegistryErrorCode, DeployStepErrorCode>> = {
  "not-authorized": "refused",
  "not-found": "refused",
  refused: "refused",
  "unexpected-answer": "unexpected-answer",
  mismatch: "unexpected-answer",
  "gave-up": "gave-up",
};

/**
 * Pushes a handler's image to where Cloud Run takes it from: what is missing there, and nothing where it is there already.
 * The image is made from the source as it is now; if that is no longer the image that was planned, nothing is pushed.
 */
export async function pushHandlerImage({ api, environment, endpoints, dependencies }: DeployStepRun): Promise<void> {
  const inputs = readInputs(environment, deploySteps["image-push"].inputs, inputSchema);
  const { containerRegistry } = endpoints;
  try {
    const made = handlerImage(inputs.handler);
    if (made.digest !== inputs.image.digest) {
      const message = `image-push: the source of ${inputs.handler} now makes ${made.digest}, and ${inputs.image.digest} was planned: synthesize and plan again.`;
      throw new DeployStepError("refused", message);
    }
    const delivery = new ImageDelivery({
      fetch: dependencies.fetch,
      pace: { now: dependencies.now, sleep: dependencies.sleep, report: (line) => api.report(line) },
      credentials: async (registry) =>
        // A base may come from a registry of somebody else's.
        locationOfContainerRegistry(registry) === undefined
          ? undefined
          : { username: accessTokenUser, password: await dependencies.accessToken() },
      originOf: (registry) =>
        containerRegistry !== undefined && locationOfContainerRegistry(registry) !== undefined
          ? containerRegistry
          : registryOrigin(registry),
      propagating: true,
    });
    await delivery.push(made, inputs.image);
  } catch (error) {
    if (error instanceof RegistryError) throw new DeployStepError(codes[error.code], `image-push: ${error.message}`);
    if (error instanceof ImageError) throw new DeployStepError("refused", `image-push: ${error.message}`);
    throw error;
  }
}
