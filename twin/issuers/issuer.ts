import { createHash, generateKeyPairSync, type KeyObject } from "node:crypto";
import { type JSONWebKeySet, type JWK, type JWTPayload, SignJWT } from "jose";

export interface SignOptions {
  /** Protected header fields over the usual ones (alg, kid, typ). */
  readonly header?: Readonly<Record<string, unknown>>;
  /** Seconds of life from now; 3600 unless told. */
  readonly expiresInSeconds?: number;
}

interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicJwk: JWK;
}

/** How many keys an issuer publishes: the one it signs with and the one before it. */
const publishedKeys = 2;

/** An issuer of the real world, under its real name, with keys of the twin's own. Signs RS256. */
export class Issuer {
  /** As it stands in the claim `iss`, to the letter. */
  readonly issuer: string;
  /** The current key first. */
  #keys: readonly SigningKey[] = [createSigningKey()];

  constructor(issuer: string) {
    this.issuer = issuer;
  }

  /**
   * A token with `iss`, `iat`, `nbf` and `exp` set where the claims do not set them.
   * A claim given as undefined is left out, so that tests can make a token without it.
   */
  sign(claims: Readonly<Record<string, unknown>>, options: SignOptions = {}): Promise<string> {
    const key = this.#current();
    const now = Math.floor(Date.now() / 1000);
    const payload: JWTPayload = {
      iss: this.issuer,
      iat: now,
      nbf: now,
      exp: now + (options.expiresInSeconds ?? 3600),
      ...claims,
    };
    return new SignJWT(payload)
      .setProtectedHeader({ ...options.header, alg: "RS256", typ: "JWT", kid: key.kid, ...options.header })
      .sign(key.privateKey);
  }

  /** Public keys: the current one and, after a rotation, the one before it. */
  jwks(): JSONWebKeySet {
    return { keys: this.#keys.map((key) => ({ ...key.publicJwk })) };
  }

  /** Private keys for a library that signs in this issuer's name (the interactive login of Entra). */
  signingJwks(): { keys: JWK[] } {
    return {
      keys: this.#keys.map((key) => ({
        ...key.privateKey.export({ format: "jwk" }),
        kid: key.kid,
        use: "sig",
        alg: "RS256",
      })),
    };
  }

  /** Signs with a new key from now on; the key before the last is published no more. */
  rotate(): void {
    this.#keys = [createSigningKey(), ...this.#keys].slice(0, publishedKeys);
  }

  #current(): SigningKey {
    const [key] = this.#keys;
    if (key === undefined) throw new Error("An issuer always has a key.");
    return key;
  }
}

/** The issuers whose keys the twin's token service can reach. */
export class IssuerRegistry {
  readonly #issuers = new Map<string, Issuer>();

  add(issuer: Issuer): void {
    this.#issuers.set(normalizedIssuer(issuer.issuer), issuer);
  }

  /** A trailing slash makes no difference, as with Google. */
  find(issuer: string): Issuer | undefined {
    return this.#issuers.get(normalizedIssuer(issuer));
  }
}

/** The form in which issuers are compared: without one trailing slash. */
export function normalizedIssuer(issuer: string): string {
  return issuer.endsWith("/") ? issuer.slice(0, -1) : issuer;
}

function createSigningKey(): SigningKey {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const { kty, n, e } = publicKey.export({ format: "jwk" });
  if (kty === undefined || n === undefined || e === undefined) throw new Error("An RSA key has kty, n and e.");
  // RFC 7638: the required members in alphabetical order.
  const kid = createHash("sha256").update(JSON.stringify({ e, kty, n })).digest("base64url");
  return { kid, privateKey, publicJwk: { kty, n, e, kid, use: "sig", alg: "RS256" } };
}
