import "reflect-metadata";
import { createHash, randomUUID, webcrypto, X509Certificate } from "node:crypto";
import { X509CertificateGenerator } from "@peculiar/x509";
import { SignJWT } from "jose";
import { entraTokenEndpoint } from "../../../facts/entra";

const algorithm = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
};

export interface ClientCertificate {
  readonly pem: string;
  readonly privateKey: webcrypto.CryptoKey;
  /** The same key for RS256. */
  readonly rs256Key: webcrypto.CryptoKey;
  /** base64url of the DER's digests. */
  readonly sha256: string;
  readonly sha1: string;
}

/** A self-signed certificate with its key. */
export async function clientCertificate(notAfter = new Date(Date.now() + 86_400_000)): Promise<ClientCertificate> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: "01",
    name: "CN=token-broker",
    notBefore: new Date(Date.now() - 86_400_000 * 2),
    notAfter,
    signingAlgorithm: algorithm,
    keys,
  });
  const pem = certificate.toString("pem");
  const der = new X509Certificate(pem).raw;
  const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  const privateKey = await webcrypto.subtle.importKey("pkcs8", pkcs8, { name: "RSA-PSS", hash: "SHA-256" }, false, [
    "sign",
  ]);
  const digest = (name: string) => createHash(name).update(der).digest("base64url");
  return { pem, privateKey, rs256Key: keys.privateKey, sha256: digest("sha256"), sha1: digest("sha1") };
}

/** A client assertion as Entra's documentation describes it, with what a test changes. */
export function clientAssertion(
  certificate: ClientCertificate,
  clientId: string,
  tenantId: string,
  change: { readonly claims?: Record<string, unknown>; readonly header?: Record<string, unknown> } = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const header = { alg: "PS256", typ: "JWT", "x5t#S256": certificate.sha256, ...change.header };
  const key = header.alg === "RS256" ? certificate.rs256Key : certificate.privateKey;
  return new SignJWT({
    iss: clientId,
    sub: clientId,
    aud: entraTokenEndpoint(tenantId),
    jti: randomUUID(),
    iat: now,
    nbf: now,
    exp: now + 300,
    ...change.claims,
  })
    .setProtectedHeader(header)
    .sign(key);
}
