import type { BaseLock } from "../base-lock";
import { type Digest, digestOf } from "../digest";

/** Media types of the OCI image specification. */
export const mediaTypes = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar",
} as const;

/** Source: OCI image specification, descriptor.md. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/** A layer and the digest of what it is uncompressed. */
export interface Layer extends Descriptor {
  readonly diffId: Digest;
}

/** An image without the contents of its layers. */
export interface OciImage {
  /** Digest of the manifest, by which the image is referred to. */
  readonly digest: Digest;
  readonly manifest: string;
  readonly config: Descriptor & { readonly content: string };
  readonly layers: readonly Layer[];
}

/** Never root: no name, as names are looked up in files of the image. The number is the "nonroot" of Google's distroless images. */
const user = "65532:65532";

/** Path in the image of what Node.js runs. */
export const mainFile = "app/main.cjs";

/**
 * An image of the base and one layer above it. The same lock and the same layer give the same bytes: nothing else is in
 * it, no time and no name of a machine. Health is asked by the platform, over HTTP.
 */
export function handlerOciImage(base: BaseLock, appLayer: Layer): OciImage {
  const layers = [...base.layers, appLayer];
  const { NODE_ENV: _, ...fromBase } = base.environment;
  const environment = { ...fromBase, NODE_ENV: "production" };
  const content = JSON.stringify({
    architecture: "amd64",
    os: "linux",
    created: "1970-01-01T00:00:00Z",
    config: {
      User: user,
      ExposedPorts: { "8080/tcp": {} },
      Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
      Entrypoint: [base.node, `/${mainFile}`],
      WorkingDir: "/app",
      StopSignal: "SIGTERM",
    },
    rootfs: { type: "layers", diff_ids: layers.map(({ diffId }) => diffId) },
  });
  const config = describe(mediaTypes.config, content);
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config,
    layers: layers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
    annotations: {
      "org.opencontainers.image.base.name": base.reference,
      "org.opencontainers.image.base.digest": base.manifest,
    },
  });
  return { digest: digestOf(manifest), manifest, config: { ...config, content }, layers };
}

/** The descriptor of a text that is to be stored as it is. */
export function describe(mediaType: string, content: string): Descriptor {
  return { mediaType, digest: digestOf(content), size: Buffer.byteLength(content) };
}
