import { z } from "zod";
import { iapAlgorithm } from "../../../facts/iap";
import { type Checked, refused } from "./reasons";

/** Characters. Assertions of IAP have about 1 200; access levels add some. */
const maximumLength = 8192;
/** Bytes of an ES256 signature, r and s of 32 each (RFC 7518 §3.4). */
const signatureBytes = 64;

const headerSchema = z.object({
  alg: z.literal(iapAlgorithm),
  kid: z.string().min(1).max(256),
  typ: z.literal("JWT").optional(),
  // RFC 7515 §4.1.11: an extension that must be understood; none is.
  crit: z.never().optional(),
});

/** A JWS in compact form whose syntax and header have been checked, but not yet its signature. */
export interface CompactAssertion {
  readonly keyId: string;
  readonly payload: Buffer;
  /** ASCII bytes that the signature covers: header, dot, payload. */
  readonly signingInput: Buffer;
  /** r and s, 32 bytes each. */
  readonly signature: Buffer;
}

/**
 * Parses what stands in the assertion header of a request. Node joins repeated headers with a comma, and a test or
 * another server may hand over an array: more than one value is refused, so that no two parsers can pick different ones.
 */
export function parseCompactAssertion(header: string | readonly string[] | undefined): Checked<CompactAssertion> {
  if (header === undefined || header.length === 0) return refused("missing_assertion");
  if (typeof header !== "string" || header.includes(",")) return refused("repeated_assertion");
  if (header.length > maximumLength) return refused("oversized_assertion");

  const [encodedHeader, encodedPayload, encodedSignature, ...rest] = header.split(".");
  const headerBytes = decodeBase64Url(encodedHeader);
  const payload = decodeBase64Url(encodedPayload);
  const signature = decodeBase64Url(encodedSignature);
  if (rest.length > 0 || !headerBytes || !payload || signature?.length !== signatureBytes) {
    return refused("malformed_assertion");
  }
  const headerObject = parseJson(headerBytes);
  if (headerObject === undefined) return refused("malformed_assertion");
  const checked = headerSchema.safeParse(headerObject);
  if (!checked.success) return refused("unsupported_header");
  const signingInput = Buffer.from(`${encodedHeader}.${encodedPayload}`, "ascii");
  return { ok: true, value: { keyId: checked.data.kid, payload, signingInput, signature } };
}

/**
 * Decodes base64url (RFC 7515 §2) and demands the one canonical spelling. Node skips foreign characters, padding and
 * stray bits of the last character; left so, one assertion would have many spellings.
 */
function decodeBase64Url(text: string | undefined): Buffer | undefined {
  if (!text) return undefined;
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : undefined;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The JSON value in the bytes, or undefined where they are not UTF-8 or not JSON. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch {
    return undefined;
  }
}
