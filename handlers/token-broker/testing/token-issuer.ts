import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { exportJWK, type JWK, SignJWT } from "jose";

/** An issuer of JWTs, with a key of its own. */
export async function createTokenIssuer(issuer: string, audience: string, kid = "key 1") {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid, alg: "ES256", use: "sig" };
  return {
    issuer,
    audience,
    jwk,
    jwks: { keys: [jwk] },
    /** A good token, but for what is changed; a claim of undefined is left out. */
    async sign(
      subject: string,
      changes: {
        readonly claims?: Readonly<Record<string, unknown>>;
        readonly header?: Record<string, unknown>;
        readonly key?: KeyObject;
        readonly now?: number;
      } = {},
    ): Promise<string> {
      const now = Math.floor((changes.now ?? Date.now()) / 1000);
      const claims = { iss: issuer, aud: audience, sub: subject, iat: now, exp: now + 600, ...changes.claims };
      const present = Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
      return new SignJWT(present)
        .setProtectedHeader({ alg: "ES256", typ: "JWT", kid, ...changes.header })
        .sign(changes.key ?? privateKey);
    },
  };
}

export type TokenIssuer = Awaited<ReturnType<typeof createTokenIssuer>>;
