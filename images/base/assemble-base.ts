import type { AssembledSource, BaseLock } from "../base-lock";
import type { BlobStore } from "../blob-store";
import { ImageError } from "../image-error";
import { describe, type Layer, mediaTypes } from "../oci/oci-image";
import { uncompressedLayer } from "../recipe/uncompressed-layer";
import type { TarEntry } from "../tar/tar-entry";
import { writeTar } from "../tar/write-tar";
import { debianEntries, nodeEntries, nodePath } from "./base-layers";
import type { PackageSources } from "./package-sources";

/** A base and the contents of its layers. */
export interface AssembledBase {
  readonly lock: BaseLock;
  readonly contents: readonly { readonly layer: Layer; readonly entries: readonly TarEntry[] }[];
}

/**
 * Makes the base from packages: one layer with what Node.js needs of Debian, one with Node.js. The same packages give the
 * same bytes on any machine.
 * @throws {ImageError} `base-missing`, `base-mismatch`, `invalid-archive`
 */
export async function assembleBase(source: AssembledSource, packages: PackageSources): Promise<AssembledBase> {
  const archives: { package: string; file: string }[] = [];
  for (const debianPackage of source.packages) {
    const file = await packages.debianArchive(debianPackage, source.snapshot);
    archives.push({ package: debianPackage.package, file });
  }
  const node = await packages.nodeArchive(source.node);
  const contents = [await debianEntries(archives), await nodeEntries(node)].map((entries) => ({
    layer: uncompressedLayer(entries),
    entries,
  }));
  const layers = contents.map(({ layer }) => layer);
  const environment = { PATH: "/usr/local/bin:/usr/bin:/bin", NODE_VERSION: source.node.version };
  const config = JSON.stringify({
    architecture: "amd64",
    os: "linux",
    created: "1970-01-01T00:00:00Z",
    config: { Env: Object.entries(environment).map((entry) => entry.join("=")), Entrypoint: [nodePath] },
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
  });
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: describe(mediaTypes.config, config),
    layers: layers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
  });
  const lock: BaseLock = {
    reference: `assembled/node-debian:${source.node.version}`,
    platform: "linux/amd64",
    manifest: describe(mediaTypes.manifest, manifest).digest,
    config: describe(mediaTypes.config, config).digest,
    node: nodePath,
    environment,
    layers: layers.map((layer) => ({ ...layer, mediaType: mediaTypes.layer })),
    source,
  };
  return { lock, contents };
}

/** Stores the layers of an assembled base. @throws {ImageError} `base-mismatch` where they are not those of `lock` */
export async function storeAssembledLayers(base: AssembledBase, lock: BaseLock, blobs: BlobStore): Promise<void> {
  if (base.lock.manifest !== lock.manifest) {
    const message = `The base assembled from the locked packages is ${base.lock.manifest}, the lock says ${lock.manifest}. Make the lock again with "keyless images lock-base".`;
    throw new ImageError("base-mismatch", message);
  }
  for (const { layer, entries } of base.contents) {
    if (!(await blobs.has(layer))) await blobs.write(layer, writeTar(entries));
  }
}
