import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import { type Digest, digestOf, digestSchema, isDigest } from "../digest";

/** Error codes of the OCI distribution specification. */
export type RegistryErrorName =
  | "BLOB_UNKNOWN"
  | "BLOB_UPLOAD_UNKNOWN"
  | "DENIED"
  | "DIGEST_INVALID"
  | "MANIFEST_BLOB_UNKNOWN"
  | "MANIFEST_INVALID"
  | "MANIFEST_UNKNOWN"
  | "NAME_UNKNOWN"
  | "SIZE_INVALID"
  | "UNAUTHORIZED"
  | "UNSUPPORTED";

const statuses: Readonly<Record<RegistryErrorName, number>> = {
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_UNKNOWN: 404,
  DENIED: 403,
  DIGEST_INVALID: 400,
  MANIFEST_BLOB_UNKNOWN: 404,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_UNKNOWN: 404,
  SIZE_INVALID: 400,
  UNAUTHORIZED: 401,
  UNSUPPORTED: 405,
};

export interface MemoryRegistryOptions {
  /** Blobs that every repository has from the start, as if somebody had pushed them before; they cannot be read. */
  readonly present?: readonly { readonly digest: Digest; readonly size: number }[];
}

/** An answer before it is sent. */
export interface RegistryReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly content?: Buffer;
}

interface Repository {
  readonly blobs: Map<Digest, Buffer>;
  readonly manifests: Map<Digest, { readonly mediaType: string; readonly content: Buffer }>;
  readonly tags: Map<string, Digest>;
}

const largestBlob = 256 * 1_048_576;
const largestManifest = 4 * 1_048_576;
const manifestSchema = z.object({
  config: z.object({ digest: digestSchema }),
  layers: z.array(z.object({ digest: digestSchema })),
});
const tagPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const path = /^\/v2\/([a-z0-9._/-]+)\/(blobs\/uploads\/[0-9a-f-]*|blobs\/[^/]+|manifests\/[^/]+)$/;

/**
 * A registry in memory, of as much of the OCI distribution specification as pushing and pulling takes: uploads in
 * one piece, mounts, manifests whose blobs are all there. Who may do what is the caller's to check.
 */
export class MemoryRegistry {
  readonly #repositories = new Map<string, Repository>();
  readonly #uploads = new Map<string, string>();
  readonly #present: ReadonlyMap<Digest, number>;

  constructor({ present = [] }: MemoryRegistryOptions = {}) {
    this.#present = new Map(present.map(({ digest, size }) => [digest, size]));
  }

  hasBlob(repository: string, digest: Digest): boolean {
    return this.#present.has(digest) || this.#repositories.get(repository)?.blobs.has(digest) === true;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const reply = await this.#reply(request);
    // What is left of a body would be taken for the next request.
    request.resume();
    send(response, reply);
  }

  async #reply(request: IncomingMessage): Promise<RegistryReply> {
    const url = new URL(request.url ?? "/", "http://registry");
    const [, name, rest = ""] = path.exec(url.pathname) ?? [];
    const method = request.method ?? "";
    if (name === undefined) return url.pathname === "/v2/" ? { status: 200 } : registryRefusal("NAME_UNKNOWN");
    if (rest.startsWith("blobs/uploads/")) {
      const session = rest.slice("blobs/uploads/".length);
      if (method === "POST" && session === "") return this.#startUpload(name, url);
      return method === "PUT" ? this.#finishUpload(name, session, url, request) : registryRefusal("UNSUPPORTED");
    }
    const [kind, reference = ""] = rest.split("/");
    if (kind === "blobs") {
      return isDigest(reference) ? this.#blob(name, reference, method) : registryRefusal("DIGEST_INVALID");
    }
    if (!isDigest(reference) && !tagPattern.test(reference)) return registryRefusal("MANIFEST_INVALID");
    return method === "PUT" ? this.#putManifest(name, reference, request) : this.#manifest(name, reference, method);
  }

  #startUpload(name: string, url: URL): RegistryReply {
    const mount = url.searchParams.get("mount");
    const source = this.#repositories.get(url.searchParams.get("from") ?? "");
    const content = isDigest(mount) ? source?.blobs.get(mount) : undefined;
    if (isDigest(mount) && content !== undefined) {
      this.#repository(name).blobs.set(mount, content);
      return stored(`/v2/${name}/blobs/${mount}`, mount);
    }
    const session = randomUUID();
    this.#uploads.set(session, name);
    return { status: 202, headers: { location: `/v2/${name}/blobs/uploads/${session}` } };
  }

  async #finishUpload(name: string, session: string, url: URL, request: IncomingMessage): Promise<RegistryReply> {
    const content = await bodyOf(request, largestBlob);
    if (this.#uploads.get(session) !== name) return registryRefusal("BLOB_UPLOAD_UNKNOWN");
    const digest = url.searchParams.get("digest");
    if (content === undefined) return registryRefusal("SIZE_INVALID");
    if (!isDigest(digest) || digestOf(content) !== digest) return registryRefusal("DIGEST_INVALID");
    this.#uploads.delete(session);
    this.#repository(name).blobs.set(digest, content);
    return stored(`/v2/${name}/blobs/${digest}`, digest);
  }

  #blob(name: string, digest: Digest, method: string): RegistryReply {
    const content = this.#repositories.get(name)?.blobs.get(digest);
    const size = content?.length ?? this.#present.get(digest);
    if (size === undefined) return registryRefusal("BLOB_UNKNOWN");
    const headers = { "content-type": "application/octet-stream", "docker-content-digest": digest };
    if (method === "HEAD") return { status: 200, headers: { ...headers, "content-length": String(size) } };
    return method === "GET" && content !== undefined
      ? { status: 200, headers, content }
      : registryRefusal("UNSUPPORTED");
  }

  async #putManifest(name: string, reference: string, request: IncomingMessage): Promise<RegistryReply> {
    const content = await bodyOf(request, largestManifest);
    if (content === undefined) return registryRefusal("SIZE_INVALID");
    const digest = digestOf(content);
    if (isDigest(reference) && digest !== reference) return registryRefusal("DIGEST_INVALID");
    const manifest = manifestSchema.safeParse(parseJson(content));
    if (!manifest.success) return registryRefusal("MANIFEST_INVALID");
    const needed = [manifest.data.config, ...manifest.data.layers];
    if (!needed.every((blob) => this.hasBlob(name, blob.digest))) return registryRefusal("MANIFEST_BLOB_UNKNOWN");
    const mediaType = request.headers["content-type"] ?? "application/octet-stream";
    const repository = this.#repository(name);
    repository.manifests.set(digest, { mediaType, content });
    if (!isDigest(reference)) repository.tags.set(reference, digest);
    return stored(`/v2/${name}/manifests/${digest}`, digest);
  }

  #manifest(name: string, reference: string, method: string): RegistryReply {
    const repository = this.#repositories.get(name);
    const digest = isDigest(reference) ? reference : repository?.tags.get(reference);
    const found = digest && repository?.manifests.get(digest);
    if (digest === undefined || found === undefined) return registryRefusal("MANIFEST_UNKNOWN");
    const headers = { "content-type": found.mediaType, "docker-content-digest": digest };
    if (method === "GET") return { status: 200, headers, content: found.content };
    if (method !== "HEAD") return registryRefusal("UNSUPPORTED");
    return { status: 200, headers: { ...headers, "content-length": String(found.content.length) } };
  }

  #repository(name: string): Repository {
    const known = this.#repositories.get(name) ?? { blobs: new Map(), manifests: new Map(), tags: new Map() };
    this.#repositories.set(name, known);
    return known;
  }
}

const stored = (location: string, digest: Digest): RegistryReply => ({
  status: 201,
  headers: { location, "docker-content-digest": digest },
});

/** An error in the form of the specification. */
export function registryRefusal(code: RegistryErrorName, message = "", headers = {}): RegistryReply {
  const content = Buffer.from(JSON.stringify({ errors: [{ code, message }] }));
  return { status: statuses[code], headers: { "content-type": "application/json", ...headers }, content };
}

/** Sends what was decided. */
export function send(response: ServerResponse, { status, headers = {}, content }: RegistryReply): void {
  response.writeHead(status, { "content-length": String(content?.length ?? 0), ...headers });
  response.end(content);
}

/** The body, read to its end; undefined for one that is too long. */
async function bodyOf(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request) {
    size += piece.length;
    if (size <= limit) pieces.push(piece);
  }
  return size <= limit ? Buffer.concat(pieces) : undefined;
}

function parseJson(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString("utf8"));
  } catch {
    return undefined;
  }
}
