import type { KeyObject, X509Certificate } from "node:crypto";
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
  // Where names alone lead to a trusted authority of another key, OpenSSL complains of the signature.
  const isNamesake = code === "CERT_SIGNATURE_FAILURE" && trusted.some(({ subject }) => subject === certificate.issuer);
  if (untrusted.has(code) || isNamesake) {
    return {
      description: "the client certificate does not chain to a trusted authority",
      explanation: explainIssuer(certificate, trusted),
    };
  }
  const reason = words[code] ?? `the chain did not verify (${code})`;
  return { description: reason, explanation: reason };
}

/** The name of the issuer does not tell everything: an authority can have another's name, or be no root. */
function explainIssuer(certificate: X509Certificate, trusted: readonly X509Certificate[]): string {
  const presented = quoted(certificate.issuer);
  const namesakes = trusted.filter(({ subject }) => subject === certificate.issuer);
  const signer = namesakes.find(({ publicKey }) => hasSigned(publicKey, certificate));
  if (signer !== undefined) {
    return `the issuer ${presented} is trusted, but not the authority above it: expected ${quoted(signer.issuer)} in the file of authorities as well`;
  }
  if (namesakes.length > 0) {
    return `the chain does not lead to a trusted authority: the presented issuer ${presented} has the name of a trusted one, and another key`;
  }
  const expected = trusted.map(({ subject }) => quoted(subject)).join(" or ");
  return `the chain does not lead to a trusted authority: expected issuer ${expected}, presented issuer ${presented}`;
}

function hasSigned(key: KeyObject, certificate: X509Certificate): boolean {
  try {
    return certificate.verify(key);
  } catch {
    return false;
  }
}

/** Characters of a name that are shown: a stranger's certificate can hold a very long one. */
const longestName = 200;

function quoted(name: string): string {
  const line = oneLine(name);
  return `"${line.length > longestName ? `${line.slice(0, longestName)}…` : line}"`;
}
