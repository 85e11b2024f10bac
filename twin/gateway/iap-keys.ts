import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { exportJWK, type JWK, SignJWT } from "jose";
import { iapAlgorithm } from "../../facts/iap";
import type { VirtualHost } from "../network/virtual-host";

interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** The newest signs; the ones before it stay published, so that assertions on their way still verify. */
const publishedKeys = 3;

/** The P-256 keys with which the twin's IAP signs assertions. */
export class IapKeys {
  #keys: readonly [SigningKey, ...SigningKey[]] = [newKey()];

  /** Signs from now on with a new key, under a new kid. */
  rotate(): void {
    const [current, ...older] = this.#keys;
    this.#keys = [newKey(), current, ...older.slice(0, publishedKeys - 2)];
  }

  get currentKid(): string {
    return this.#keys[0].kid;
  }

  /**
   * Signs any claims at all as IAP would: compact JWS, ES256, `kid` in the header.
   * @param kid put into the header in place of the true one, for assertions that must be refused
   */
  sign(claims: Readonly<Record<string, unknown>>, kid = this.currentKid): Promise<string> {
    return new SignJWT({ ...claims })
      .setProtectedHeader({ alg: iapAlgorithm, typ: "JWT", kid })
      .sign(this.#keys[0].privateKey);
  }

  /** The public keys as a JWK set. */
  async jwks(): Promise<{ readonly keys: readonly JWK[] }> {
    const keys = this.#keys.map(async ({ kid, publicKey }) => ({
      ...(await exportJWK(publicKey)),
      alg: iapAlgorithm,
      use: "sig",
      kid,
    }));
    return { keys: await Promise.all(keys) };
  }

  /** The public keys in PEM by kid. */
  pem(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      this.#keys.map(({ kid, publicKey }) => [kid, publicKey.export({ type: "spki", format: "pem" }).toString()]),
    );
  }
}

function newKey(): SigningKey {
  // Through PEM: a KeyObject of its own realm is what jose takes in every runtime, jest's included.
  const pair = generateKeyPairSync("ec", {
    namedCurve: "P-256",
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  return {
    kid: randomBytes(5).toString("base64url").slice(0, 6),
    privateKey: createPrivateKey(pair.privateKey),
    publicKey: createPublicKey(pair.publicKey),
  };
}

/** www.gstatic.com, where IAP publishes its keys: as a JWK set and as PEM by kid. */
export function iapKeysHost(keys: IapKeys): VirtualHost {
  return {
    hostname: "www.gstatic.com",
    async handle(request, response) {
      const path = (request.url ?? "").split("?")[0];
      const document =
        path === "/iap/verify/public_key-jwk"
          ? await keys.jwks()
          : path === "/iap/verify/public_key"
            ? keys.pem()
            : undefined;
      if (document === undefined || (request.method !== "GET" && request.method !== "HEAD")) {
        response.writeHead(document === undefined ? 404 : 405, { "content-length": "0" }).end();
        return;
      }
      const body = JSON.stringify(document);
      response.writeHead(200, {
        "content-type": "application/json; charset=utf-8",
        "content-length": String(Buffer.byteLength(body)),
        "cache-control": "public, max-age=3000",
        "access-control-allow-origin": "*",
        "x-content-type-options": "nosniff",
      });
      response.end(request.method === "HEAD" ? undefined : body);
    },
  };
}
