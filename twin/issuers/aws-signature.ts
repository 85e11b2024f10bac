import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** Signature Version 4. Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html. */

export interface SignedRequest {
  readonly method: string;
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** Names of the headers under the signature, sorted. */
  readonly signedHeaders: readonly string[];
  /** `YYYYMMDDTHHMMSSZ`. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

/** The signature, as hexadecimal digits, of a request with an empty body. */
export function signatureOf(request: SignedRequest, secretAccessKey: string): string {
  const canonicalQuery = [...request.url.searchParams]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join("&");
  const canonicalHeaders = request.signedHeaders.map((name) => {
    const value = (request.headers.get(name) ?? "").trim().replace(/ +/g, " ");
    return `${name}:${value}\n`;
  });
  const canonicalRequest = [
    request.method,
    request.url.pathname,
    canonicalQuery,
    canonicalHeaders.join(""),
    request.signedHeaders.join(";"),
    sha256(""),
  ].join("\n");
  const day = request.date.slice(0, 8);
  const scope = `${day}/${request.region}/${request.service}/aws4_request`;
  const stringToSign = ["AWS4-HMAC-SHA256", request.date, scope, sha256(canonicalRequest)].join("\n");
  const key = hmac(hmac(hmac(hmac(`AWS4${secretAccessKey}`, day), request.region), request.service), "aws4_request");
  return hmac(key, stringToSign).toString("hex");
}

/** Compares in constant time. */
export function signatureMatches(request: SignedRequest, secretAccessKey: string, signature: string): boolean {
  const expected = Buffer.from(signatureOf(request, secretAccessKey));
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** RFC 3986 percent-encoding, which encodes more than encodeURIComponent. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
