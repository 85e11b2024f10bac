import { z } from "zod";
import { federationLimits } from "../../facts/federation-limits";
import { type ConstructPlace, PropertyError } from "./property-error";

/** Base64url of RFC 7515 §2, without padding. */
const base64url = z.string().regex(/^[A-Za-z0-9_-]+$/, "expected base64url without padding");
const common = {
  kid: z.string().min(1, "expected a key id").max(256, "expected a key id of at most 256 characters"),
  use: z.literal("sig", 'expected use "sig": the key checks signatures').optional(),
};

const startsWithOne = (value: string): boolean => Buffer.from(value, "base64url")[0] !== 0;
const isExponent = (value: string): boolean => {
  const bytes = Buffer.from(value, "base64url");
  return (bytes.at(-1) ?? 0) % 2 === 1 && !(bytes.length === 1 && bytes[0] === 1);
};
const bytesOf = (value: string): number => Buffer.from(value, "base64url").length;

/** RFC 7518 §6.3.1; at least 2048 bits. Only what a public key needs is kept. */
const rsaKey = z
  .object({ ...common, kty: z.literal("RSA"), alg: z.literal("RS256").optional(), n: base64url, e: base64url })
  .refine(({ n }) => bytesOf(n) >= 256 && bytesOf(n) <= 1024, "expected an RSA key of 2048 to 8192 bits")
  // RFC 7518 §6.3.1.1: no zeros before; §2 of RFC 3447: with an exponent of 1 anybody could sign.
  .refine(({ n, e }) => startsWithOne(n) && startsWithOne(e), "expected numbers without zeros before them")
  .refine(({ e }) => isExponent(e), "expected an odd exponent of 3 or more");
/** RFC 7518 §6.2.1. Google takes no other curve (observed). */
const ecKey = z
  .object({
    ...common,
    kty: z.literal("EC"),
    alg: z.literal("ES256").optional(),
    crv: z.literal("P-256", "expected the curve P-256"),
    x: base64url,
    y: base64url,
  })
  .refine(({ x, y }) => bytesOf(x) === 32 && bytesOf(y) === 32, "expected coordinates of 32 bytes");

const uploaded = z.object({
  keys: z
    .array(z.discriminatedUnion("kty", [rsaKey, ecKey], "expected an RSA or EC key"))
    .min(1, "expected at least one key")
    .max(federationLimits.uploadedKeys, `expected at most ${federationLimits.uploadedKeys} keys`),
});

/** Members that only a private or a secret key has. Source: RFC 7518 §6.2.2, §6.3.2, §6.4.1. */
const privateMembers = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
const anyKeys = z.object({ keys: z.array(z.record(z.string(), z.unknown())) });

/**
 * A JWK Set (RFC 7517) as a provider takes it: of each key only kty, alg, use, kid, n, e, x, y and crv, as Google refuses the rest.
 * A set that holds a private key is refused and not stripped: that key is in a file where it must not be.
 *
 * @param jwks JSON text, or what it stands for
 * @throws PropertyError, which never repeats the keys
 */
export function uploadedJwks(place: ConstructPlace, property: string, jwks: unknown): string {
  const refuse = (rule: string): never => {
    throw new PropertyError(place.node.path, property, "a JWK set", rule);
  };
  const value = typeof jwks === "string" ? (parseJson(jwks) ?? refuse("expected JSON")) : jwks;
  const members = anyKeys.safeParse(value);
  if (!members.success) return refuse('expected {"keys": [...]}');
  const secret = members.data.keys.flatMap((key) => privateMembers.filter((name) => Object.hasOwn(key, name)))[0];
  if (secret !== undefined) return refuse(`it holds a private key (member ${secret}); give the public one`);
  const parsed = uploaded.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refuse(`${issue?.path.join(".") ?? "keys"}: ${issue?.message ?? "not a key that Google takes"}`);
  }
  const ids = parsed.data.keys.map(({ kid }) => kid);
  if (new Set(ids).size !== ids.length) return refuse("expected each key id once");
  return JSON.stringify(parsed.data);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
