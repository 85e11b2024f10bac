import { createHash } from "node:crypto";
import { type Layer, mediaTypes } from "../oci/oci-image";
import type { TarEntry } from "../tar/tar-entry";
import { writeTar } from "../tar/write-tar";

/**
 * The layer of these files. It is not compressed: what gzip makes of the same bytes depends on the version of zlib and on
 * the processor, and the layer is small.
 */
export function uncompressedLayer(entries: readonly TarEntry[]): Layer {
  const hash = createHash("sha256");
  let size = 0;
  for (const piece of writeTar(entries)) {
    hash.update(piece);
    size += piece.length;
  }
  const digest = `sha256:${hash.digest("hex")}` as const;
  return { mediaType: mediaTypes.layer, digest, size, diffId: digest };
}
