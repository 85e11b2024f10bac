import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { calculateJwkThumbprint, exportJWK, type JWK } from "jose";
import { ConfigurationError, readPemFile } from "../../runtime";

/** What the broker signs tokens of its own with. */
export interface SigningKeys {
  readonly current: { readonly key: KeyObject; readonly keyId: string };
  /** All public keys, the current one first (RFC 7517 §5). */
  readonly jwks: { readonly keys: readonly JWK[] };
}

/** @param files PEM files of P-256 keys; the first one signs. @throws {ConfigurationError} */
export function readSigningKeys(files: readonly string[]): readonly KeyObject[] {
  return files.map((file, index) => {
    const field = `issuer.signingKeyFiles[${index}]`;
    const key = readPemFile(field, "unencrypted private key", file, (pem) => createPrivateKey(pem));
    if (key.asymmetricKeyType !== "ec" || key.asymmetricKeyDetails?.namedCurve !== "prime256v1") {
      throw new ConfigurationError([`${field}: expected a key on the curve P-256, which ES256 needs`]);
    }
    return key;
  });
}

/** Key ids are thumbprints (RFC 7638), so that the same key has the same id in every replica. */
export async function signingKeysOf(keys: readonly KeyObject[]): Promise<SigningKeys> {
  const published = await Promise.all(
    keys.map(async (key) => {
      const jwk = await exportJWK(createPublicKey(key));
      return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: "ES256", use: "sig" };
    }),
  );
  const [key] = keys;
  const [first] = published;
  if (key === undefined || first === undefined) throw new RangeError("expected at least one key");
  return { current: { key, keyId: first.kid }, jwks: { keys: published } };
}
