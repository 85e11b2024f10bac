import { type Digest, hexOf } from "../digest";
import { type Descriptor, mediaTypes, type OciImage } from "../oci/oci-image";
import type { Pace } from "./persistence";
import type { RegistryClient } from "./registry-client";
import type { RequestBody } from "./registry-fetch";

/** Gives the content of a layer; called only for one that the registry does not have. */
export type OpenLayer = (layer: Descriptor) => Promise<() => RequestBody>;

export interface PushImageOptions {
  readonly client: RegistryClient;
  readonly repository: string;
  readonly image: OciImage;
  readonly openLayer: OpenLayer;
  /** Repositories of the same registry that may have the layers already. */
  readonly siblings?: readonly string[];
  readonly pace: Pace;
}

/** Bytes that were sent. */
export interface PushResult {
  readonly sent: number;
}

/** Milliseconds between two lines about the same blob. */
const reportInterval = 5_000;

/**
 * Brings an image into a repository: sends what is missing, then the manifest, so that an image which is there is
 * complete. Running it again sends nothing.
 * @throws {RegistryError}; what `openLayer` throws
 */
export async function pushImage(options: PushImageOptions): Promise<PushResult> {
  const { client, repository, image, pace } = options;
  if (await client.hasManifest(repository, image.digest)) {
    pace.report(`${repository}@${image.digest} is there already`);
    return { sent: 0 };
  }
  let sent = 0;
  for (const [index, layer] of image.layers.entries()) {
    sent += await pushLayer(options, layer, `layer ${index + 1} of ${image.layers.length}`);
  }
  const { config } = image;
  if (!(await client.hasBlob(repository, config))) {
    const content = new Uint8Array(Buffer.from(config.content, "utf8"));
    await client.putBlob(repository, { ...config, open: () => content });
    sent += config.size;
  }
  const references = [image.digest, tagOf(image.digest)];
  // The tag is for people, and for registries that clear away what has none; everything refers to the digest.
  for (const one of references) await client.putManifest(repository, one, mediaTypes.manifest, image.manifest);
  pace.report(`${repository}@${image.digest} is pushed, ${megabytes(sent)} sent`);
  return { sent: sent + Buffer.byteLength(image.manifest) };
}

/** A tag that is always the same image's. */
const tagOf = (digest: Digest): string => hexOf(digest).slice(0, 12);

async function pushLayer(options: PushImageOptions, layer: Descriptor, what: string): Promise<number> {
  const { client, repository, siblings = [], pace } = options;
  if (await client.hasBlob(repository, layer)) {
    pace.report(`${what} is there already`);
    return 0;
  }
  for (const sibling of siblings) {
    if (await client.mountBlob(repository, sibling, layer)) {
      pace.report(`${what} is taken from ${sibling}`);
      return 0;
    }
  }
  pace.report(`${what}: sending ${megabytes(layer.size)}`);
  const open = await options.openLayer(layer);
  await client.putBlob(repository, { ...layer, open: () => watched(open(), layer.size, what, pace) });
  return layer.size;
}

/** Says now and then how far a long transfer is. */
async function* watched(body: RequestBody, size: number, what: string, pace: Pace): AsyncGenerator<Uint8Array> {
  let sent = 0;
  let reported = pace.now();
  for await (const piece of body instanceof Uint8Array ? [body] : body) {
    yield piece;
    sent += piece.length;
    if (pace.now() - reported < reportInterval) continue;
    reported = pace.now();
    pace.report(`${what}: ${megabytes(sent)} of ${megabytes(size)}`);
  }
}

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;
