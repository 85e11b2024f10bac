import { createPublicKey, type KeyObject } from "node:crypto";
import { z } from "zod";
import { iapAlgorithm } from "../../../facts/iap";
import { parseJson } from "./compact";

/** IAP publishes about a dozen. */
const maximumKeys = 64;

const jwkSetSchema = z.object({ keys: z.array(z.unknown()).max(maximumKeys) });

/** The only kind of key in use (RFC 7518 §6.2): public, on P-256, for ES256 signatures where it says what it is for. */
const es256KeySchema = z.object({
  kty: z.literal("EC"),
  crv: z.literal("P-256"),
  x: z.string().length(43),
  y: z.string().length(43),
  kid: z.string().min(1).max(256),
  alg: z.literal(iapAlgorithm).optional(),
  use: z.literal("sig").optional(),
  key_ops: z
    .array(z.string())
    .refine((operations) => operations.includes("verify"))
    .optional(),
});

/**
 * Parses a JWK set (RFC 7517 §5) into keys by id, skipping keys of another kind.
 *
 * @returns undefined where the document is no JWK set, has no usable key, or has two usable keys under one id: such a
 *   document must not take the place of a good one.
 */
export function parseJwkSet(document: Uint8Array): ReadonlyMap<string, KeyObject> | undefined {
  const set = jwkSetSchema.safeParse(parseJson(document));
  if (!set.success) return undefined;
  const keys = new Map<string, KeyObject>();
  for (const candidate of set.data.keys) {
    const jwk = es256KeySchema.safeParse(candidate);
    const key = jwk.success ? importKey(jwk.data) : undefined;
    if (!jwk.success || !key) continue;
    if (keys.has(jwk.data.kid)) return undefined;
    keys.set(jwk.data.kid, key);
  }
  return keys.size > 0 ? keys : undefined;
}

/** Undefined for coordinates that are no point of the curve. */
function importKey({ kty, crv, x, y }: z.output<typeof es256KeySchema>): KeyObject | undefined {
  try {
    return createPublicKey({ key: { kty, crv, x, y }, format: "jwk" });
  } catch {
    return undefined;
  }
}
