/** One field of a form (RFC 7578 §4.2). */
export interface Part {
  readonly name: string;
  /** Of a file; without a path. */
  readonly fileName: string | undefined;
  /** The bytes as they arrive. What is left unread is skipped when the next part is asked for. */
  readonly content: AsyncIterable<Buffer>;
}

/** A body that is no form, or larger than allowed. The message says what was expected, never what was sent. */
export class MultipartError extends Error {
  override readonly name = "MultipartError";

  constructor(
    readonly problem: "malformed" | "too-large",
    message: string,
  ) {
    super(message);
  }
}

export interface MultipartLimits {
  /** Bytes of the whole body. */
  readonly bytes: number;
  readonly parts: number;
}

/** Bytes of a part's headers. */
const headerLimit = 2_048;

/** The boundary of a Content-Type, in the form that browsers make it; undefined for any other media type. */
export function boundaryOf(contentType: string | undefined): string | undefined {
  return /^multipart\/form-data;\s*boundary=([A-Za-z0-9'()+_,./:=?-]{1,70})$/i.exec(contentType ?? "")?.[1];
}

/**
 * Reads multipart/form-data as browsers write it, without ever holding more than a chunk and a boundary: a preamble, folded
 * headers, transfer encodings and nested multiparts are refused, so that no two readers can see different fields.
 * Source: RFC 7578, RFC 2046 §5.1, html.spec.whatwg.org/#multipart-form-data.
 *
 * @throws {MultipartError}
 */
export async function* readMultipart(
  body: AsyncIterable<Uint8Array>,
  boundary: string,
  limits: MultipartLimits,
): AsyncGenerator<Part, void, void> {
  const source = new Source(body, limits.bytes);
  try {
    yield* readParts(source, boundary, limits.parts);
  } finally {
    await source.close();
  }
}

async function* readParts(source: Source, boundary: string, most: number): AsyncGenerator<Part, void, void> {
  const opening = await source.take(boundary.length + 2);
  if (opening.toString("latin1") !== `--${boundary}`) throw malformed("expected the boundary at the beginning");
  const delimiter = Buffer.from(`\r\n--${boundary}`, "latin1");
  for (let count = 0; ; count += 1) {
    const end = (await source.take(2)).toString("latin1");
    if (end === "--") return;
    if (end !== "\r\n") throw malformed("expected a line end after the boundary");
    if (count >= most) throw new MultipartError("too-large", `expected at most ${most} fields`);
    const { name, fileName } = parseHeaders((await source.takeUntil("\r\n\r\n", headerLimit)).toString("utf8"));
    const content = source.until(delimiter);
    yield { name, fileName, content };
    // Whatever the reader left.
    for await (const _ of content);
  }
}

function parseHeaders(text: string): { readonly name: string; readonly fileName: string | undefined } {
  const headers = new Map<string, string>();
  for (const line of text.split("\r\n")) {
    const [, field, value] = /^([A-Za-z-]+): (.*)$/.exec(line) ?? [];
    if (field === undefined || value === undefined || headers.has(field.toLowerCase()))
      throw malformed("expected each header of a field once, on one line");
    headers.set(field.toLowerCase(), value);
  }
  if (headers.has("content-transfer-encoding")) throw malformed("expected no transfer encoding");
  const disposition = headers.get("content-disposition") ?? "";
  const [, name, fileName] = /^form-data; name="([^"\r\n]*)"(?:; filename="([^"\r\n]*)")?$/.exec(disposition) ?? [];
  if (name === undefined) throw malformed("expected a field with a name");
  return { name: unescaped(name), fileName: fileName === undefined ? undefined : withoutPath(unescaped(fileName)) };
}

/** Browsers write these three characters so, and nothing else. */
const unescaped = (text: string): string =>
  text.replace(/%(22|0D|0A)/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));

/** Some clients send the path of their own disk. */
const withoutPath = (name: string): string => name.slice(Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1);

const malformed = (message: string): MultipartError => new MultipartError("malformed", message);

/** The bytes of the body, read as far as is asked for. */
class Source {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #left: number;
  #held: Buffer = Buffer.alloc(0);

  constructor(body: AsyncIterable<Uint8Array>, limit: number) {
    this.#chunks = body[Symbol.asyncIterator]();
    this.#left = limit;
  }

  /** Lets go of the body: as long as somebody reads it, nobody else can. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  /** Exactly so many bytes. */
  async take(length: number): Promise<Buffer> {
    while (this.#held.length < length) await this.#more();
    return this.#cut(length);
  }

  /** What comes before the mark, which is taken too. */
  async takeUntil(mark: string, limit: number): Promise<Buffer> {
    for (;;) {
      const at = this.#held.indexOf(mark, 0, "latin1");
      if (at > limit || (at === -1 && this.#held.length > limit)) throw malformed("expected shorter headers");
      if (at !== -1) {
        const before = this.#cut(at);
        this.#cut(mark.length);
        return before;
      }
      await this.#more();
    }
  }

  /** What comes before the delimiter, piece by piece; the delimiter is taken too. Can be gone through once. */
  async *until(delimiter: Buffer): AsyncGenerator<Buffer, void, void> {
    for (;;) {
      const at = this.#held.indexOf(delimiter);
      if (at !== -1) {
        const last = this.#cut(at);
        this.#cut(delimiter.length);
        if (last.length > 0) yield last;
        return;
      }
      // The end of what is held may be the beginning of the delimiter.
      const sure = this.#held.length - delimiter.length + 1;
      if (sure > 0) yield this.#cut(sure);
      await this.#more();
    }
  }

  #cut(length: number): Buffer {
    const cut = this.#held.subarray(0, length);
    this.#held = this.#held.subarray(length);
    return cut;
  }

  async #more(): Promise<void> {
    const next = await this.#chunks.next();
    if (next.done === true) throw malformed("the body ended early");
    this.#left -= next.value.byteLength;
    if (this.#left < 0) throw new MultipartError("too-large", "the body is longer than allowed");
    this.#held = this.#held.length === 0 ? Buffer.from(next.value) : Buffer.concat([this.#held, next.value]);
  }
}
