import { X509Certificate } from "node:crypto";
import type { DetailedPeerCertificate, TLSSocket } from "node:tls";
import type { ClientCertificateChain, ClientCertificateError } from "./client-certificate";

/** Extended key usage for clients (RFC 5280 §4.2.1.12). */
const clientAuthentication = "1.3.6.1.5.5.7.3.2";
/** Certificates at most in a chain; more are not looked at. */
const chainLimit = 10;

/** The certificates that the client sent, completed from the trust store as far as it verified. */
export function clientCertificates(socket: TLSSocket): ClientCertificateChain | undefined {
  const chain: Buffer[] = [];
  let current: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (current?.raw !== undefined && chain.length < chainLimit) {
    chain.push(current.raw);
    const issuer: DetailedPeerCertificate | undefined = current.issuerCertificate;
    // The root names itself as its issuer.
    current = issuer?.raw === undefined || issuer.raw.equals(current.raw) ? undefined : issuer;
  }
  const [leaf, ...others] = chain;
  return leaf === undefined ? undefined : { leaf, others };
}

/**
 * What is wrong with the client's certificate, beside what TLS verified already: Google takes a leaf only with
 * clientAuth among its extended key usages, never a CA, with RSA of 2048 to 4096 bits or ECDSA on P-256 or P-384.
 * Source: cloud.google.com/load-balancing/docs/mtls.
 */
export function clientCertificateError(
  socket: TLSSocket,
  chain: ClientCertificateChain | undefined,
): ClientCertificateError | undefined {
  if (chain === undefined) return "client_cert_not_provided";
  const leaf = new X509Certificate(chain.leaf);
  if (!socket.authorized && String(socket.authorizationError) !== "INVALID_PURPOSE")
    return "client_cert_validation_failed";
  const usages: readonly string[] | undefined = leaf.keyUsage;
  if (!socket.authorized || !usages?.includes(clientAuthentication)) return "client_cert_chain_invalid_eku";
  return leaf.ca ? "client_cert_validation_failed" : keyError(leaf);
}

function keyError({ publicKey }: X509Certificate): ClientCertificateError | undefined {
  const { modulusLength = 0, namedCurve = "" } = publicKey.asymmetricKeyDetails ?? {};
  switch (publicKey.asymmetricKeyType) {
    case "rsa":
      return modulusLength >= 2048 && modulusLength <= 4096 ? undefined : "client_cert_invalid_rsa_key_size";
    case "ec":
      return ["prime256v1", "secp384r1"].includes(namedCurve)
        ? undefined
        : "client_cert_unsupported_elliptic_curve_key";
    default:
      return "client_cert_unsupported_key_algorithm";
  }
}
