import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Digest, hexOf } from "./digest";
import type { Descriptor } from "./oci/oci-image";

/** What was written is not what its descriptor says. */
export class BlobMismatchError extends Error {
  override readonly name = "BlobMismatchError";
}

/** Blobs on the local disk, by digest. What is in it has been checked when it came in. */
export class BlobStore {
  readonly #directory: string;

  /** @param root of the project; blobs lie in its `.keyless/images/blobs` */
  constructor(root: string) {
    this.#directory = join(root, ".keyless", "images", "blobs", "sha256");
  }

  pathOf(digest: Digest): string {
    return join(this.#directory, hexOf(digest));
  }

  async has({ digest, size }: Pick<Descriptor, "digest" | "size">): Promise<boolean> {
    const found = await stat(this.pathOf(digest)).catch(() => undefined);
    return found?.isFile() === true && found.size === size;
  }

  read(digest: Digest): AsyncIterable<Uint8Array> {
    return createReadStream(this.pathOf(digest), { highWaterMark: 1_048_576 });
  }

  /**
   * Stores a blob, whole or not at all. No more is read of it than its size.
   * @throws {BlobMismatchError}
   */
  async write(
    expected: Pick<Descriptor, "digest" | "size">,
    content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  ): Promise<void> {
    await mkdir(this.#directory, { recursive: true });
    const temporary = `${this.pathOf(expected.digest)}.${process.pid}`;
    const file = await open(temporary, "w");
    try {
      const hash = createHash("sha256");
      let size = 0;
      for await (const piece of content) {
        size += piece.length;
        if (size > expected.size)
          throw new BlobMismatchError(`${expected.digest} is longer than ${expected.size} bytes.`);
        hash.update(piece);
        await file.writeFile(piece);
      }
      const digest = `sha256:${hash.digest("hex")}`;
      if (size !== expected.size) {
        throw new BlobMismatchError(`${expected.digest} has ${size} bytes, not ${expected.size}.`);
      }
      if (digest !== expected.digest) throw new BlobMismatchError(`What should be ${expected.digest} is ${digest}.`);
      await file.close();
      await rename(temporary, this.pathOf(expected.digest));
    } catch (error) {
      await file.close();
      await rm(temporary, { force: true });
      throw error;
    }
  }
}
