import type { ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import { HandlerImage, ImageRepository } from "../constructs/delivery";
import { type HandlerDigests, handlerDigests } from "../images/handler-digests";
import type { Environment } from "./schema";

/** One synthesis sees one state of the source, for all environments. */
let known: HandlerDigests | undefined;

/** What a service that runs a handler takes. */
export interface ServiceImage {
  /** By digest. */
  readonly image: string;
  readonly imageReady: readonly ITerraformDependable[];
}

/**
 * The images of the handlers: as their source makes them now, pushed into a repository of the environment, or the
 * environment's own, which are taken as they are.
 */
export function declareHandlerImages(
  scope: Construct,
  { project, images }: Environment,
  preventDestroy: boolean,
): { readonly tokenBroker: ServiceImage; readonly iapApp: ServiceImage } {
  const own = (image: string): ServiceImage => ({ image, imageReady: [] });
  if (images.tokenBroker !== undefined && images.iapApp !== undefined) {
    return { tokenBroker: own(images.tokenBroker), iapApp: own(images.iapApp) };
  }
  const repository = new ImageRepository(scope, "images", {
    projectId: project.id,
    region: project.region,
    preventDestroy,
  });
  const made = (handler: "token-broker" | "iap-app", after?: ServiceImage): ServiceImage => {
    known ??= handlerDigests();
    const [before] = after?.imageReady ?? [];
    const image = new HandlerImage(scope, `${handler}-image`, {
      handler,
      digest: known[handler],
      repository,
      ...(before !== undefined && { after: before }),
    });
    return { image: image.reference, imageReady: [image] };
  };
  const tokenBroker = images.tokenBroker === undefined ? made("token-broker") : own(images.tokenBroker);
  const iapApp = images.iapApp === undefined ? made("iap-app", tokenBroker) : own(images.iapApp);
  return { tokenBroker, iapApp };
}
