import { createHash } from "node:crypto";
import { type Digest, digestOf, isDigest } from "../digest";
import { type Descriptor, mediaTypes } from "../oci/oci-image";
import { Later } from "./persistence";
import { RegistryError } from "./registry-error";
import { discard, type RegistryResponse, type RequestBody, readAtMost } from "./registry-fetch";
import { RegistryTransport, type RegistryTransportOptions, withoutQuery } from "./registry-transport";

/** Content that can be sent more than once. */
export interface Content extends Pick<Descriptor, "digest" | "size"> {
  open(): RequestBody;
}

/** Milliseconds for a blob. */
const transferTimeout = 1_800_000;
/** "Registries SHOULD enforce some limit on the maximum manifest size", 4 MiB or more. */
const longestManifest = 4 * 1_048_576;
const mostRedirects = 3;
const manifestTypes = [
  mediaTypes.index,
  mediaTypes.manifest,
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
];

/** A manifest as the registry keeps it. */
export interface StoredManifest {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly content: Buffer;
}

/**
 * One registry. Every call may be repeated without harm, and is where the registry is not reached or asks to try later.
 * Source: OCI distribution specification 1.1.
 */
export class RegistryClient {
  readonly #options: RegistryTransportOptions;
  readonly #transport: RegistryTransport;

  constructor(options: RegistryTransportOptions) {
    this.#options = options;
    this.#transport = new RegistryTransport(options);
  }

  async hasBlob(repository: string, { digest, size }: Pick<Descriptor, "digest" | "size">): Promise<boolean> {
    const url = this.#url(repository, `blobs/${digest}`);
    // Registries may send to where the blob lies; that they know where is the answer.
    const expected = [200, 307, 404];
    const response = await this.#transport.call({ method: "HEAD", url, scope: pull(repository), expected });
    const length = response.headers.get("content-length");
    if (response.status === 200 && length !== null && length !== String(size)) {
      throw new RegistryError("mismatch", `${url} has ${length} bytes, not ${size}.`);
    }
    return response.status !== 404;
  }

  async hasManifest(repository: string, digest: Digest): Promise<boolean> {
    const url = this.#url(repository, `manifests/${digest}`);
    const headers = { accept: manifestTypes.join(", ") };
    const response = await this.#transport.call({
      method: "HEAD",
      url,
      scope: pull(repository),
      headers,
      expected: [200, 404],
    });
    return response.status === 200;
  }

  /** Takes a blob from another repository of the registry, if that has it; whether it did. */
  async mountBlob(repository: string, from: string, { digest }: Pick<Descriptor, "digest">): Promise<boolean> {
    const query = `mount=${digest}&from=${encodeURIComponent(from)}`;
    const response = await this.#transport.call({
      method: "POST",
      url: `${this.#url(repository, "blobs/uploads/")}?${query}`,
      scope: `${push(repository)} ${pull(from)}`,
      headers: { "content-length": "0" },
      // 202: it did not, and opened an upload, which ends by itself.
      expected: [201, 202],
    });
    if (response.status === 201) this.#requireDigest(response, digest, `${repository}, taken from ${from},`);
    return response.status === 201;
  }

  /** Sends a blob in one piece. */
  async putBlob(repository: string, content: Content): Promise<void> {
    const { digest, size } = content;
    const scope = push(repository);
    await this.#transport.persist(async () => {
      const url = this.#url(repository, "blobs/uploads/");
      const headers = { "content-length": "0" };
      const started = await this.#transport.attempt({ method: "POST", url, scope, headers, expected: [202] });
      if (started instanceof Later) return started;
      const location = this.#uploadUrl(started, url);
      const finished = await this.#transport.attempt({
        method: "PUT",
        url: `${location}${location.includes("?") ? "&" : "?"}digest=${encodeURIComponent(digest)}`,
        scope,
        headers: { "content-type": "application/octet-stream", "content-length": String(size) },
        body: () => content.open(),
        expected: [201],
        timeout: transferTimeout,
      });
      if (finished instanceof Later) return finished;
      this.#requireDigest(finished, digest, `PUT ${withoutQuery(location)}`);
      return undefined;
    });
  }

  /** Stores a manifest. @param reference its digest, or a tag for it */
  async putManifest(repository: string, reference: string, mediaType: string, manifest: string): Promise<void> {
    const digest = digestOf(manifest);
    const url = this.#url(repository, `manifests/${reference}`);
    const body = new Uint8Array(Buffer.from(manifest, "utf8"));
    const headers = { "content-type": mediaType, "content-length": String(body.length) };
    const scope = push(repository);
    const response = await this.#transport.call({
      method: "PUT",
      url,
      scope,
      headers,
      body: () => body,
      expected: [201],
    });
    this.#requireDigest(response, digest, `PUT ${url}`);
  }

  /** @param reference tag or digest; a digest is held against the content @throws {RegistryError} `not-found` and others */
  async manifest(repository: string, reference: string): Promise<StoredManifest> {
    const url = this.#url(repository, `manifests/${reference}`);
    const headers = { accept: manifestTypes.join(", ") };
    const scope = pull(repository);
    const response = await this.#transport.call({ method: "GET", url, scope, headers, expected: [200, 404] });
    if (response.status === 404) {
      await discard(response);
      throw new RegistryError("not-found", `There is no ${repository}, ${reference}, at ${this.#options.origin}.`);
    }
    const content = await readAtMost(response, longestManifest, `GET ${url}`);
    const digest = digestOf(content);
    if (isDigest(reference) && digest !== reference) throw new RegistryError("mismatch", `${url} answered ${digest}.`);
    const mediaType = (response.headers.get("content-type") ?? "").split(";")[0]?.trim() ?? "";
    if (!manifestTypes.includes(mediaType)) {
      throw new RegistryError("unexpected-answer", `${url} is of the unknown type ${JSON.stringify(mediaType)}.`);
    }
    return { mediaType, digest, content };
  }

  /** A blob's content; whoever reads it gets an error at its end where it is not what its digest says. */
  async *readBlob(
    repository: string,
    { digest, size }: Pick<Descriptor, "digest" | "size">,
  ): AsyncGenerator<Uint8Array> {
    const response = await this.#followed(repository, this.#url(repository, `blobs/${digest}`));
    const hash = createHash("sha256");
    let read = 0;
    for await (const piece of response.body ?? []) {
      read += piece.length;
      if (read > size) throw new RegistryError("mismatch", `The blob ${digest} is longer than ${size} bytes.`);
      hash.update(piece);
      yield piece;
    }
    if (read !== size || `sha256:${hash.digest("hex")}` !== digest) {
      throw new RegistryError("mismatch", `The blob ${digest} came damaged.`);
    }
  }

  /** Blobs often lie elsewhere; nobody there needs to know who asks. */
  async #followed(repository: string, url: string): Promise<RegistryResponse> {
    const redirects = [301, 302, 303, 307, 308];
    return this.#transport.persist(async () => {
      const expected = [200, ...redirects];
      const call = { method: "GET", url, scope: pull(repository), expected, timeout: transferTimeout } as const;
      let response = await this.#transport.attempt(call);
      for (let count = 0, at = url; !(response instanceof Later) && response.status !== 200; count++) {
        await discard(response);
        const target = resolve(response.headers.get("location"), at);
        const safe = target?.protocol === "https:" || target?.origin === this.#options.origin;
        if (!redirects.includes(response.status) || target === undefined || !safe || count === mostRedirects) {
          throw new RegistryError("unexpected-answer", `GET ${url} leads to no https address with the blob.`);
        }
        at = target.href;
        response = await this.#anonymous(at);
      }
      return response;
    });
  }

  async #anonymous(url: string): Promise<RegistryResponse | Later> {
    try {
      const signal = AbortSignal.timeout(transferTimeout);
      const response = await this.#options.fetch(url, { method: "GET", headers: {}, redirect: "manual", signal });
      if (response.status !== 429 && response.status < 500) return response;
      await discard(response);
      return new Later(`GET ${withoutQuery(url)} answered ${response.status}`);
    } catch {
      return new Later(`GET ${withoutQuery(url)} was not answered`);
    }
  }

  #url(repository: string, rest: string): string {
    return `${this.#options.origin}/v2/${repository}/${rest}`;
  }

  /** The content goes to the registry itself: what it was sent to elsewhere would be stored by somebody else. */
  #uploadUrl(response: RegistryResponse, at: string): string {
    const target = resolve(response.headers.get("location"), at);
    if (target === undefined || target.origin !== this.#options.origin) {
      throw new RegistryError("unexpected-answer", `POST ${at} names no place of the registry to upload to.`);
    }
    return target.href;
  }

  #requireDigest(response: RegistryResponse, digest: Digest, where: string): void {
    const answered = response.headers.get("docker-content-digest");
    if (answered !== null && answered !== digest) {
      throw new RegistryError("mismatch", `${where} stored ${JSON.stringify(answered.slice(0, 100))}, not ${digest}.`);
    }
  }
}

const pull = (repository: string): string => `repository:${repository}:pull`;
const push = (repository: string): string => `repository:${repository}:pull,push`;

function resolve(location: string | null, base: string): URL | undefined {
  return location !== null && URL.canParse(location, base) ? new URL(location, base) : undefined;
}
