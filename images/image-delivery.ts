import { BaseBlobs } from "./base/base-blobs";
import { PackageSources } from "./base/package-sources";
import { readBaseLock } from "./base-lock";
import { BlobStore } from "./blob-store";
import { appLayerEntries, type HandlerImage, siblingRepositories } from "./handler-image";
import type { Descriptor } from "./oci/oci-image";
import { writeLayout } from "./oci/write-layout";
import { projectRoot } from "./project-root";
import type { RegistryCredentials } from "./registry/authorization";
import { type ImageReference, registryOrigin } from "./registry/image-reference";
import type { Pace } from "./registry/persistence";
import { type PushResult, pushImage } from "./registry/push-image";
import { RegistryClient } from "./registry/registry-client";
import type { RegistryFetch } from "./registry/registry-fetch";
import { writeTar } from "./tar/write-tar";

export interface ImageDeliveryOptions {
  readonly fetch: RegistryFetch;
  readonly pace: Pace;
  /** Who asks at a registry; nothing for anonymous requests. */
  credentials(registry: string): Promise<RegistryCredentials | undefined>;
  /** Replaces a registry's address. */
  readonly originOf?: (registry: string) => string;
  /** Root of the project. */
  readonly root?: string;
  /** Whether rights and repositories may have been made a moment ago: refusals are tried again, for seven minutes in all. */
  readonly propagating?: boolean;
}

/** "typically 2 minutes, potentially 7 minutes or longer". Source: cloud.google.com/iam/docs/access-change-propagation. */
const propagation = 420_000;

/** Carries images to a folder or to a registry. What is needed of the base is got only then. */
export class ImageDelivery {
  readonly #options: ImageDeliveryOptions;
  readonly #blobs: BlobStore;
  readonly #base: BaseBlobs;

  constructor(options: ImageDeliveryOptions) {
    this.#options = options;
    const root = options.root ?? projectRoot();
    this.#blobs = new BlobStore(root);
    this.#base = new BaseBlobs({
      lock: readBaseLock(root),
      blobs: this.#blobs,
      packages: new PackageSources(root),
      clientOf: (registry) => this.#client(registry, false),
      report: (line) => options.pace.report(line),
    });
  }

  /** Writes an image as a folder in the form of the OCI image layout. @throws {ImageError} {RegistryError} */
  async write(image: HandlerImage, directory: string): Promise<void> {
    for (const layer of image.layers) await this.#obtain(image, layer);
    await writeLayout(directory, image, this.#blobs);
  }

  /**
   * Pushes an image, where the base's layers are only got when the registry lacks them.
   * @param to repository; its last part is the handler's name
   * @throws {ImageError} {RegistryError}
   */
  async push(image: HandlerImage, { registry, repository }: ImageReference): Promise<PushResult> {
    return pushImage({
      client: this.#client(registry, this.#options.propagating ?? false),
      repository,
      image,
      pace: this.#options.pace,
      siblings: siblingRepositories(image.handler, repository),
      openLayer: async (layer) => {
        await this.#obtain(image, layer);
        return () => this.#blobs.read(layer.digest);
      },
    });
  }

  #client(registry: string, propagating: boolean): RegistryClient {
    const { fetch, pace, originOf = registryOrigin } = this.#options;
    return new RegistryClient({
      origin: originOf(registry),
      fetch,
      pace,
      credentials: () => this.#options.credentials(registry),
      propagating,
      ...(propagating && { patience: propagation }),
    });
  }

  async #obtain(image: HandlerImage, layer: Descriptor): Promise<void> {
    if (layer.digest !== image.appLayer.digest) return this.#base.obtain(layer);
    if (!(await this.#blobs.has(layer))) await this.#blobs.write(layer, writeTar(appLayerEntries(image)));
  }
}
