import { copyFile, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BlobStore } from "../blob-store";
import { digestOf, hexOf } from "../digest";
import { ImageError } from "../image-error";
import { mediaTypes, type OciImage } from "./oci-image";

/**
 * Writes an image as a folder that skopeo, podman, umoci and others read, in place of an image that the folder held.
 * @param blobs has the image's layers
 * @throws {ImageError} `not-a-layout` for a folder that holds something else
 * Source: OCI image specification, image-layout.md.
 */
export async function writeLayout(directory: string, image: OciImage, blobs: BlobStore): Promise<void> {
  const held = await readdir(directory).catch((): string[] => []);
  if (held.length > 0 && !held.includes("oci-layout")) {
    throw new ImageError("not-a-layout", `${directory} holds something else than an image: name another folder.`);
  }
  const folder = join(directory, "blobs", "sha256");
  await rm(directory, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const layer of image.layers) await copyFile(blobs.pathOf(layer.digest), join(folder, hexOf(layer.digest)));
  for (const text of [image.config.content, image.manifest]) {
    await writeFile(join(folder, hexOf(digestOf(text))), text);
  }
  const manifest = {
    mediaType: mediaTypes.manifest,
    digest: image.digest,
    size: Buffer.byteLength(image.manifest),
    platform: { architecture: "amd64", os: "linux" },
    annotations: { "org.opencontainers.image.ref.name": "latest" },
  };
  await writeFile(
    join(directory, "index.json"),
    JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: [manifest] }),
  );
  await writeFile(join(directory, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
}
