import type { BaseLock } from "../base-lock";
import { BlobMismatchError, type BlobStore } from "../blob-store";
import { ImageError } from "../image-error";
import type { Descriptor } from "../oci/oci-image";
import { parseImageReference } from "../registry/image-reference";
import type { RegistryClient } from "../registry/registry-client";
import { assembleBase, storeAssembledLayers } from "./assemble-base";
import type { PackageSources } from "./package-sources";

export interface BaseBlobsOptions {
  readonly lock: BaseLock;
  readonly blobs: BlobStore;
  readonly packages: PackageSources;
  /** A client of the registry that the base lies in. */
  clientOf(registry: string): RegistryClient;
  report(line: string): void;
}

/** The base's layers, got when one is needed that is not at hand. */
export class BaseBlobs {
  constructor(private readonly options: BaseBlobsOptions) {}

  /**
   * Sees to it that the layer is on the local disk: assembles the base from its packages, or fetches the layer from the
   * base's registry, as the lock says.
   * @throws {ImageError} `base-missing`, `base-mismatch`; {RegistryError}
   */
  async obtain(layer: Descriptor): Promise<void> {
    const { lock, blobs, packages, report } = this.options;
    if (await blobs.has(layer)) return;
    if (lock.source.kind === "assembled") {
      report(`assembling the base ${lock.reference} from its packages`);
      await storeAssembledLayers(await assembleBase(lock.source, packages), lock, blobs);
      return;
    }
    const reference = parseImageReference(lock.reference);
    if (reference === undefined) throw new ImageError("invalid-lock", `${lock.reference} is no image reference.`);
    report(`fetching a layer of the base from ${reference.registry}, ${(layer.size / 1_000_000).toFixed(1)} MB`);
    const client = this.options.clientOf(reference.registry);
    try {
      await blobs.write(layer, client.readBlob(reference.repository, layer));
    } catch (error) {
      if (error instanceof BlobMismatchError) throw new ImageError("base-mismatch", error.message, { cause: error });
      throw error;
    }
  }
}
