import { ImageError } from "../image-error";

/** An entry of an archive. The path has no leading and no trailing slash. */
export type TarEntry =
  | { readonly kind: "file"; readonly path: string; readonly content: Uint8Array; readonly executable?: boolean }
  | { readonly kind: "directory"; readonly path: string; readonly worldWritable?: boolean }
  | { readonly kind: "symlink"; readonly path: string; readonly target: string };

/**
 * The path without a leading `./` and a trailing slash; empty for the root itself.
 * @throws {ImageError} `invalid-archive` for a path that leads out of the archive or is written in an unusual way: an
 * absolute one, one with `..`, or with control characters
 */
export function archivePath(written: string): string {
  const path = written.replace(/^(\.\/)+/, "").replace(/\/+$/, "");
  if (path === "" || path === ".") return "";
  const segments = path.split("/");
  if (segments.some((segment) => segment === "" || segment === "." || segment === "..") || /\p{Cc}/u.test(path)) {
    throw new ImageError("invalid-archive", `The archive has an entry with the path ${JSON.stringify(written)}.`);
  }
  return path;
}
