import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { requireProperty } from "../federation/property-error";
import { DeployStep } from "./deploy-step";
import type { ImageRepository } from "./image-repository";

export interface HandlerImageProps {
  /** Name of the handler, which is the last part of the image's name. */
  readonly handler: string;
  /** Digest of the image that the handler's source makes, `sha256:<64 hex>`. */
  readonly digest: string;
  readonly repository: ImageRepository;
  /** Images pushed one after the other share the layers of their base. */
  readonly after?: ITerraformDependable;
}

const digestPattern = /^sha256:[0-9a-f]{64}$/;

/**
 * A handler's image, pushed while Terraform applies. A service that runs it names the construct in `dependsOn`: Cloud Run
 * refuses an image that is not there.
 *
 * @throws PropertyError for a digest that is none
 */
export class HandlerImage extends Construct implements ITerraformDependable {
  /** By digest; known at synthesis. */
  readonly reference: string;
  readonly #push: DeployStep<"image-push">;

  constructor(scope: Construct, id: string, { handler, digest, repository, after }: HandlerImageProps) {
    super(scope, id);
    requireProperty(this, "digest", digest, digestPattern.test(digest), "expected sha256:<64 hexadecimal digits>");
    this.reference = `${repository.path}/${handler}@${digest}`;
    this.#push = new DeployStep(this, "push", {
      step: "image-push",
      inputs: { handler, image: this.reference },
      dependsOn: [repository.resource, ...(after === undefined ? [] : [after])],
    });
  }

  get fqn(): string {
    return this.#push.fqn;
  }
}
