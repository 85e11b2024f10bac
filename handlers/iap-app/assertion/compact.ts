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

  const first = header.indexOf(".");
  const second = header.indexOf(".", first + 1);
  if (first < 0 || second < 0 || header.includes(".", second + 1)) return refused("malformed_assertion");
  const payload = decodeBase64Url(header.slice(first + 1, second));
  const signature = decodeBase64Url(header.slice(second + 1));
  if (!payload || signature?.length !== signatureBytes) return refused("malformed_assertion");
  const keyId = readHeader(header.slice(0, first));
  if (!keyId.ok) return keyId;
  const signingInput = Buffer.from(header.slice(0, second), "latin1");
  return { ok: true, value: { keyId: keyId.value, payload, signingInput, signature } };
}

/** Headers that were found good, with their key id: all assertions under one key begin with the same one. */
const knownHeaders = new Map<string, string>();
/** Anybody can make up headers that are good in form; of those that nobody signed no more are kept than this. */
const maximumKnownHeaders = 32;

function readHeader(encoded: string): Checked<string> {
  const known = knownHeaders.get(encoded);
  if (known !== undefined) return { ok: true, value: known };
  const bytes = decodeBase64Url(encoded);
  const value = bytes && parseJson(bytes);
  if (value === undefined) return refused("malformed_assertion");
  const checked = headerSchema.safeParse(value);
  if (!checked.success) return refused("unsupported_header");
  if (knownHeaders.size >= maximumKnownHeaders) knownHeaders.clear();
  knownHeaders.set(encoded, checked.data.kid);
  return { ok: true, value: checked.data.kid };
}

/** Last characters whose unused bits are zero, by what the length leaves beyond whole groups of four. */
const lastCharacters: Readonly<Record<number, string | undefined>> = { 2: "AQgw", 3: "AEIMQUYcgkosw048" };

/**
 * Decodes base64url (RFC 7515 §2) and demands the one canonical spelling. Node skips foreign characters, which makes the result
 * shorter, stops at padding, reads the alphabet of plain base64 as well, and ignores stray bits of the last character; left
 * so, one assertion would have many spellings.
 */
function decodeBase64Url(text: string): Buffer | undefined {
  const beyond = text.length % 4;
  if (text === "" || beyond === 1 || text.includes("+") || text.includes("/")) return undefined;
  if (beyond !== 0 && lastCharacters[beyond]?.includes(text.slice(-1)) !== true) return undefined;
  const bytes = Buffer.from(text, "base64url");
  return bytes.length === Math.floor((text.length * 3) / 4) ? bytes : undefined;
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
