import { generateKeyPairSync } from "node:crypto";
import { PropertyError } from "./property-error";
import { uploadedJwks } from "./uploaded-jwks";

const place = { node: { path: "dev/cluster" } };
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const rsaKey = { ...rsa.publicKey.export({ format: "jwk" }), kid: "rsa", use: "sig", alg: "RS256" };
const ecKey = { ...ec.publicKey.export({ format: "jwk" }), kid: "ec" };
const uploaded = (...keys: unknown[]) => uploadedJwks(place, "jwks", { keys });
const refusal = (jwks: unknown): PropertyError => {
  try {
    uploadedJwks(place, "jwks", jwks);
  } catch (error) {
    if (error instanceof PropertyError) return error;
  }
  throw new Error("accepted");
};

describe("an uploaded JWK set", () => {
  it("keeps of each key what Google accepts, and nothing else", () => {
    const dressed = { ...rsaKey, x5c: ["MII"], x5t: "a", "x5t#S256": "b", key_ops: ["verify"], issuer: "x" };
    expect(JSON.parse(uploaded(dressed, { ...ecKey, ext: true }))).toEqual({ keys: [rsaKey, ecKey] });
  });

  it("is taken as JSON text too", () => {
    expect(uploadedJwks(place, "jwks", JSON.stringify({ keys: [ecKey] }))).toBe(uploaded(ecKey));
  });

  it.each([
    ["an RSA key", { ...rsa.privateKey.export({ format: "jwk" }), kid: "a" }],
    ["an EC key", { ...ec.privateKey.export({ format: "jwk" }), kid: "a" }],
    ["a shared secret", { kty: "oct", k: "c2VjcmV0", kid: "a" }],
  ])("with %s is refused and not stripped, and the message does not repeat it", (_, key) => {
    const { message } = refusal({ keys: [key] });
    expect(message).toMatch(/^dev\/cluster: jwks is "a JWK set"; it holds a private key/);
    for (const value of Object.values(key).filter((member) => String(member).length > 20))
      expect(message).not.toContain(String(value));
  });

  it.each<[string, unknown, RegExp]>([
    ["no JSON", "keys", /expected JSON/],
    ["a single key", rsaKey, /expected \{"keys"/],
    ["no key", { keys: [] }, /at least one key/],
    ["nine keys", { keys: Array.from({ length: 9 }, (_, i) => ({ ...ecKey, kid: String(i) })) }, /at most 8 keys/],
    ["two keys of one id", { keys: [ecKey, { ...rsaKey, kid: "ec" }] }, /each key id once/],
    ["a key without an id", { keys: [{ ...ecKey, kid: undefined }] }, /kid/],
    ["an encryption key", { keys: [{ ...rsaKey, use: "enc" }] }, /use "sig"/],
    ["another algorithm", { keys: [{ ...rsaKey, alg: "PS256" }] }, /alg/],
    ["a short RSA key", { keys: [{ ...rsaKey, n: rsaKey.n?.slice(0, 100) }] }, /2048 to 8192 bits/],
    ["an exponent of one", { keys: [{ ...rsaKey, e: "AQ" }] }, /odd exponent/],
    ["an even exponent", { keys: [{ ...rsaKey, e: "AQAC" }] }, /odd exponent/],
    [
      "zeros before a short modulus",
      { keys: [{ ...rsaKey, n: `AAAA${rsaKey.n?.slice(0, 336)}` }] },
      /without zeros|2048/,
    ],
    ["another curve", { keys: [{ ...ecKey, crv: "P-384" }] }, /P-256/],
    ["an EC key cut short", { keys: [{ ...ecKey, x: "AA" }] }, /32 bytes/],
    ["an OKP key", { keys: [{ kty: "OKP", crv: "Ed25519", x: "AA", kid: "a" }] }, /RSA or EC/],
    ["a modulus with padding", { keys: [{ ...rsaKey, n: `${rsaKey.n}==` }] }, /base64url/],
  ])("with %s is refused", (_, jwks, rule) => {
    expect(refusal(jwks).rule).toMatch(rule);
  });
});
