import type { IncomingMessage, ServerResponse } from "node:http";

/** A request whose body cannot be read as it should be. The message says what was expected, never what was sent. */
export class MalformedRequestError extends Error {
  override readonly name = "MalformedRequestError";

  constructor(
    message: string,
    readonly httpStatus: 400 | 413 | 415 = 400,
  ) {
    super(message);
  }
}

/**
 * The whole body as text.
 * @param limit bytes; a longer body is refused before it is read to its end.
 * @throws {MalformedRequestError} when the body is too long, cut short or not UTF-8.
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let received = 0;
  try {
    // The stream outlives the loop: destroying it would take the connection, and with it the answer.
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      const bytes = Buffer.from(chunk);
      received += bytes.length;
      if (received > limit) throw new MalformedRequestError(`Expected a body of at most ${limit} bytes.`, 413);
      chunks.push(bytes);
    }
  } catch (error) {
    if (error instanceof MalformedRequestError) throw error;
    throw new MalformedRequestError("The request ended before its body did.");
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
  } catch {
    throw new MalformedRequestError("Expected a body in UTF-8.");
  }
}

/**
 * Fields of an application/x-www-form-urlencoded body (RFC 6749 Appendix B).
 * @throws {MalformedRequestError} when a field is there twice: RFC 6749 §3.2 forbids it, and two readers may pick different ones.
 */
export function parseForm(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (fields.has(name)) throw new MalformedRequestError("Expected every field at most once.");
    fields.set(name, value);
  }
  return fields;
}

/**
 * @throws {MalformedRequestError} when the text is not JSON.
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new MalformedRequestError("Expected a body in JSON.");
  }
}

/** The media type without its parameters, in lower case; empty where there is none. */
export function mediaType(request: IncomingMessage): string {
  return (request.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

/** Path and query of a request; undefined where the target is not a path. */
export function requestTarget(request: IncomingMessage): URL | undefined {
  const target = request.url ?? "";
  return target.startsWith("/") && URL.canParse(`http://host${target}`) ? new URL(`http://host${target}`) : undefined;
}

/** Answers with JSON. A request whose body was not read to its end also loses its connection. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": "application/json; charset=UTF-8",
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...(status === 413 ? { connection: "close" } : {}),
    ...headers,
  });
  response.end(text);
}
