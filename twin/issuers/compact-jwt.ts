import { compactVerify, importJWK, type JSONWebKeySet } from "jose";
import { z } from "zod";

const headerSchema = z.looseObject({ alg: z.string().min(1), kid: z.string().min(1).optional() });
const claimsSchema = z.record(z.string(), z.unknown());

export interface CompactJwt {
  readonly text: string;
  readonly header: Readonly<z.output<typeof headerSchema>>;
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Characters; far above any token of the issuers here. */
const longestToken = 65_536;

/**
 * Reads a token without believing it. Strict compact form: three parts in canonical base64url, UTF-8, JSON objects, no
 * critical extensions. One token then has one spelling only (libraries tolerate spaces, padding and stray bits).
 * Undefined for anything else.
 */
export function parseCompactJwt(text: string): CompactJwt | undefined {
  if (text.length > longestToken) return undefined;
  const parts = text.split(".");
  const [header, payload, signature] = parts;
  if (parts.length !== 3 || header === undefined || payload === undefined || signature === undefined) return undefined;
  if (decodeCanonically(signature) === undefined) return undefined;
  const parsedHeader = headerSchema.safeParse(decodeJson(header));
  const parsedClaims = claimsSchema.safeParse(decodeJson(payload));
  if (!parsedHeader.success || !parsedClaims.success || Object.hasOwn(parsedHeader.data, "crit")) return undefined;
  return { text, header: parsedHeader.data, claims: parsedClaims.data };
}

/** What came out of checking a signature against an issuer's published keys. */
export type SignatureCheck = "verified" | "unknown-key" | "bad-signature";

/** Checks the signature with the key that `kid` names. Only RS256 and ES256, as Google; never an algorithm of the token's choice alone. */
export async function checkSignature(token: CompactJwt, keys: JSONWebKeySet): Promise<SignatureCheck> {
  const { alg, kid } = token.header;
  if (alg !== "RS256" && alg !== "ES256") return "bad-signature";
  const jwk = kid === undefined ? undefined : keys.keys.find((key) => key.kid === kid);
  if (jwk === undefined) return "unknown-key";
  if (jwk.kty !== (alg === "RS256" ? "RSA" : "EC")) return "bad-signature";
  try {
    await compactVerify(token.text, await importJWK(jwk, alg), { algorithms: [alg] });
    return "verified";
  } catch {
    return "bad-signature";
  }
}

function decodeCanonically(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, "base64url");
  return part.length > 0 && bytes.toString("base64url") === part ? bytes : undefined;
}

function decodeJson(part: string): unknown {
  const bytes = decodeCanonically(part);
  if (bytes === undefined) return undefined;
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
