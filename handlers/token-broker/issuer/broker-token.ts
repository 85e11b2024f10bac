import { createHash, randomUUID } from "node:crypto";
import { SignJWT } from "jose";
import type { BrokerClient } from "../config";
import type { SigningKeys } from "./signing-keys";

export interface BrokerTokenRequest {
  /** About whom. */
  readonly client: BrokerClient;
  readonly audience: string;
  /** Who presents the client's token in its place (RFC 8693 §4.1); undefined when it is the client itself. */
  readonly actor?: string | undefined;
  /** Lower-case hexadecimal SHA-256 of the certificate that asked; undefined without one. */
  readonly certificateSha256: string | undefined;
}

export interface BrokerToken {
  readonly token: string;
  readonly tokenSha256: string;
  readonly lifetimeSeconds: number;
  readonly isBound: boolean;
}

/**
 * An access token of the broker's own about one of its clients (RFC 9068), bound to its certificate where the policy says so
 * (RFC 8705 §3.1): whoever takes it then compares the certificate on its own connection.
 *
 * @returns Undefined when the token must be bound and there is no certificate.
 */
export async function signBrokerToken(
  { client, audience, actor, certificateSha256 }: BrokerTokenRequest,
  issuer: string,
  { current }: SigningKeys,
  now: Date,
): Promise<BrokerToken | undefined> {
  const { brokerToken } = client;
  if (brokerToken === undefined) return undefined;
  const { lifetimeSeconds, certificateBound } = brokerToken;
  if (certificateBound && certificateSha256 === undefined) return undefined;
  const issuedAt = Math.floor(now.getTime() / 1000);
  const token = await new SignJWT({
    client_id: actor ?? client.name,
    ...(actor !== undefined && { act: { sub: actor } }),
    ...(certificateBound &&
      certificateSha256 !== undefined && {
        cnf: { "x5t#S256": Buffer.from(certificateSha256, "hex").toString("base64url") },
      }),
  })
    .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: current.keyId })
    .setIssuer(issuer)
    .setSubject(client.name)
    .setAudience(audience)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + lifetimeSeconds)
    .setJti(randomUUID())
    .sign(current.key);
  const tokenSha256 = createHash("sha256").update(token).digest("hex");
  return { token, tokenSha256, lifetimeSeconds, isBound: certificateBound };
}
