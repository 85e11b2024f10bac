import { type Digest, isDigest } from "../digest";

/** Where an image lies. */
export interface ImageReference {
  /** Host, with a port where one is given. */
  readonly registry: string;
  /** Path of the repository in the registry. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

/** Source: OCI distribution specification, "Pulling manifests"; the host as in a URL. */
const pattern =
  /^((?:[a-z0-9-]+(?:\.[a-z0-9-]+)+|localhost)(?::[0-9]{1,5})?)\/([a-z0-9]+(?:(?:\.|_|__|-+|\/)[a-z0-9]+)*)(?::([A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/;

/** A reference with its registry, such as `europe-docker.pkg.dev/project/folder/image@sha256:...`; undefined if it is none. */
export function parseImageReference(text: string): ImageReference | undefined {
  const [, registry, repository, tag, digest] = (text.length <= 512 ? pattern.exec(text) : null) ?? [];
  if (registry === undefined || repository === undefined) return undefined;
  return { registry, repository, ...(tag !== undefined && { tag }), ...(isDigest(digest) && { digest }) };
}

const loopback = /^(localhost|127\.0\.0\.1)(:\d+)?$/;

/** Where a registry answers: with TLS, unless it is on the loopback address. */
export function registryOrigin(registry: string): string {
  if (registry === "docker.io") return "https://registry-1.docker.io";
  return `${loopback.test(registry) ? "http" : "https"}://${registry}`;
}
