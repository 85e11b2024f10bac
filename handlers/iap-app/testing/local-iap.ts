import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  backendServiceAudience,
  iapAssertionLifetimeSeconds,
  iapIssuer,
  workforcePrincipalPrefix,
} from "../../../facts/iap";

export const workforcePool = "ailab-people-dev-01";
export const audience = backendServiceAudience("710000000001", "4213377001");

/** The principal of a person of the pool. */
export const principalOf = (subject: string): string => `${workforcePrincipalPrefix(workforcePool)}${subject}`;

const encode = (value: unknown): string =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/** A JWS in compact form over exactly these parts; strings are taken as they are, all else as JSON. */
export function signCompact(key: KeyObject, header: unknown, payload: unknown): string {
  const input = `${encode(header)}.${encode(payload)}`;
  const signature = sign("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" });
  return `${input}.${signature.toString("base64url")}`;
}

/** The claims of a workforce session's assertion, as cloud.google.com/iap/docs/signed-headers-howto lists them. */
export function workforceClaims(subject: string, now = Date.now()): Record<string, unknown> {
  const iat = Math.floor(now / 1000);
  return {
    iss: iapIssuer,
    aud: audience,
    sub: `sts.google.com:${subject}`,
    email: `${subject}@ailab.com`,
    iat,
    exp: iat + iapAssertionLifetimeSeconds,
    identity_source: "WORKFORCE_IDENTITY",
    workforce_identity: {
      iam_principal: principalOf(subject),
      workforce_pool_name: `locations/global/workforcePools/${workforcePool}`,
    },
    google: { access_levels: ["accessPolicies/402918374650/accessLevels/corporate_device"] },
  };
}

/** A key server as gstatic is one, and the private key behind it. */
export interface LocalIap {
  readonly jwksUrl: string;
  readonly privateKey: KeyObject;
  readonly keyId: string;
  /** Requests that the key server has seen. */
  readonly fetches: () => number;
  /** Signs as IAP does; claims replace those of a real session, undefined removes one. */
  assertion(subject: string, claims?: Record<string, unknown>, header?: Record<string, unknown>): string;
  /** Changes what the key server answers from now on. */
  answerWith(answer: Partial<KeyServerAnswer>): void;
  /** A further key pair whose public half the key server publishes too. */
  addKey(keyId: string): KeyObject;
  close(): Promise<void>;
}

export interface KeyServerAnswer {
  status: number;
  headers: Record<string, string>;
  /** Undefined for the published keys. */
  body: string | undefined;
  /** Milliseconds before the answer. */
  delay: number;
}

export async function startLocalIap(): Promise<LocalIap> {
  const published: Record<string, unknown>[] = [];
  const answer: KeyServerAnswer = {
    status: 200,
    headers: { "cache-control": "public, max-age=3000" },
    body: undefined,
    delay: 0,
  };
  let fetches = 0;

  const addKey = (kid: string): KeyObject => {
    const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
    published.push({ ...pair.publicKey.export({ format: "jwk" }), kid, alg: "ES256", use: "sig" });
    return pair.privateKey;
  };
  const keyId = "mH9n_w";
  const privateKey = addKey(keyId);

  const server = createServer((_request, response) => {
    fetches += 1;
    const { status, headers, body, delay } = answer;
    setTimeout(() => {
      response.writeHead(status, headers);
      response.end(body ?? JSON.stringify({ keys: published }));
    }, delay).unref();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  return {
    jwksUrl: `http://127.0.0.1:${portOf(server.address())}/public_key-jwk`,
    privateKey,
    keyId,
    fetches: () => fetches,
    assertion: (subject, claims = {}, header = {}) =>
      signCompact(
        privateKey,
        { alg: "ES256", typ: "JWT", kid: keyId, ...header },
        { ...workforceClaims(subject), ...claims },
      ),
    answerWith: (changes) => {
      Object.assign(answer, changes);
    },
    addKey,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("the key server has no port");
  return address.port;
}
