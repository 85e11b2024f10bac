import type { X509Certificate } from "node:crypto";
import { oneLine } from "../peer/leaf-certificate";

/** OpenSSL's verification results, as Node names them, in words. */
const words: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "a certificate of the chain has expired",
  CERT_NOT_YET_VALID: "a certificate of the chain is not yet valid",
  CERT_SIGNATURE_FAILURE: "a signature in the chain is wrong",
  INVALID_PURPOSE: "the certificate is not for clients (extended key usage)",
  INVALID_CA: "a certificate of the chain that signs another is not an authority's",
  PATH_LENGTH_EXCEEDED: "the chain is longer than an authority in it allows",
  CERT_CHAIN_TOO_LONG: "the chain is too long",
};

const untrusted: ReadonlySet<string> = new Set([
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
]);

export interface HandshakeRefusal {
  /** For the client: says what is wrong, not whom the broker trusts. */
  readonly description: string;
  /** For the log. */
  readonly explanation: string;
}

/**
 * Why a client's chain was not accepted.
 *
 * @param code OpenSSL's result, such as `CERT_HAS_EXPIRED`.
 * @param trusted The authorities of the configuration.
 */
export function explainRefusal(
  certificate: X509Certificate | undefined,
  code: string,
  trusted: readonly X509Certificate[],
): HandshakeRefusal {
  if (certificate === undefined) {
    const description = "no client certificate was presented";
    return { description, explanation: description };
  }
  if (untrusted.has(code)) {
    const presented = quoted(certificate.issuer);
    const expected = trusted.map(({ subject }) => quoted(subject)).join(" or ");
    return {
      description: "the client certificate does not chain to a trusted authority",
      explanation: `the chain does not lead to a trusted authority: expected issuer ${expected}, presented issuer ${presented}`,
    };
  }
  const reason = words[code] ?? `the chain did not verify (${code})`;
  return { description: reason, explanation: reason };
}

const quoted = (name: string): string => `"${oneLine(name)}"`;
