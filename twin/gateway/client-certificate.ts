import "reflect-metadata";
import { createHash } from "node:crypto";
import { SubjectAlternativeNameExtension, X509Certificate } from "@peculiar/x509";
import type { HeaderVariables } from "./custom-headers";

/** The client's certificates of a TLS connection, DER. */
export interface ClientCertificateChain {
  readonly leaf: Buffer;
  /** The rest, in TLS order, without the leaf. */
  readonly others: readonly Buffer[];
}

/** client_cert_error where the TLS layer or the checks below found something. */
export type ClientCertificateError =
  | "client_cert_not_provided"
  | "client_cert_validation_failed"
  | "client_cert_chain_invalid_eku"
  | "client_cert_invalid_rsa_key_size"
  | "client_cert_unsupported_elliptic_curve_key"
  | "client_cert_unsupported_key_algorithm"
  | "client_cert_validation_not_performed";

const bytes = { names: 512, spiffeId: 2048, serialNumber: 50, certificates: 16_384 } as const;
const spiffeIdPattern = /^spiffe:\/\/[a-z0-9._-]{1,255}(\/[A-Za-z0-9._-]+)*$/;

/**
 * Values of the `{client_cert_…}` variables for a certificate, in the encodings that Google documents: fingerprint and
 * names as Base64, certificates as RFC 9440 byte sequences, times as RFC 3339. A value that is too long is left empty and
 * named in client_cert_error. Source: cloud.google.com/load-balancing/docs/https/custom-headers#mtls-variables.
 */
export function clientCertificateVariables(
  chain: ClientCertificateChain | undefined,
  error: ClientCertificateError | undefined,
): HeaderVariables {
  if (chain === undefined) {
    return {
      client_cert_present: "false",
      client_cert_chain_verified: "false",
      client_cert_error: error ?? "client_cert_not_provided",
    };
  }
  const certificate = new X509Certificate(chain.leaf);
  const problems: string[] = error === undefined ? [] : [error];
  const within = (name: string, value: string, limit: number, size = Buffer.byteLength(value)): string => {
    if (size <= limit) return value;
    problems.push(`${name}_exceeded_size_limit`);
    return "";
  };
  const uris = alternativeNames(certificate, "url");
  const spiffeIds = uris.filter((uri) => uri.startsWith("spiffe://"));
  const certificateSize = [chain.leaf, ...chain.others].reduce((sum, { length }) => sum + length, 0);
  const verified = error === undefined;
  const variables = {
    client_cert_present: "true",
    client_cert_chain_verified: String(verified),
    client_cert_sha256_fingerprint: createHash("sha256").update(chain.leaf).digest("base64"),
    client_cert_serial_number: within("client_cert_serial_number", certificate.serialNumber, bytes.serialNumber),
    client_cert_spiffe_id: within("client_cert_spiffe_id", onlySpiffeId(spiffeIds), bytes.spiffeId),
    // A SPIFFE id stands in a variable of its own, and only there.
    client_cert_uri_sans: within(
      "client_cert_uri_sans",
      list(uris.filter((uri) => !uri.startsWith("spiffe://"))),
      bytes.names,
    ),
    client_cert_dnsname_sans: within(
      "client_cert_dnsname_sans",
      list(alternativeNames(certificate, "dns")),
      bytes.names,
    ),
    client_cert_subject_dn: within(
      "client_cert_subject_dn",
      base64(certificate.subjectName.toArrayBuffer()),
      bytes.names,
    ),
    client_cert_issuer_dn: within("client_cert_issuer_dn", base64(certificate.issuerName.toArrayBuffer()), bytes.names),
    client_cert_valid_not_before: rfc3339(certificate.notBefore),
    client_cert_valid_not_after: rfc3339(certificate.notAfter),
    // Only certificates that passed validation are handed on.
    client_cert_leaf: verified
      ? within("client_cert_validated_leaf", byteSequence(chain.leaf), bytes.certificates, chain.leaf.length)
      : "",
    client_cert_chain: verified
      ? within(
          "client_cert_validated_chain",
          chain.others.map(byteSequence).join(", "),
          bytes.certificates,
          certificateSize,
        )
      : "",
  };
  return { ...variables, client_cert_error: problems.join(",") };
}

function alternativeNames(certificate: X509Certificate, type: "url" | "dns"): readonly string[] {
  const extension = certificate.getExtension(SubjectAlternativeNameExtension);
  return (extension?.names.items ?? []).filter((name) => name.type === type).map(({ value }) => value);
}

/** An X.509-SVID has exactly one SPIFFE id; two of them say nothing. */
function onlySpiffeId(ids: readonly string[]): string {
  const [id] = ids;
  return ids.length === 1 && id !== undefined && spiffeIdPattern.test(id) ? id : "";
}

const base64 = (value: string | ArrayBuffer): string =>
  (typeof value === "string" ? Buffer.from(value) : Buffer.from(value)).toString("base64");
const list = (names: readonly string[]): string => names.map(base64).join(",");
/** RFC 9440 §2.1, RFC 8941 §3.3.5. */
const byteSequence = (der: Buffer): string => `:${der.toString("base64")}:`;
const rfc3339 = (time: Date): string => time.toISOString().replace(/\.[0-9]{3}Z$/, "+00:00");
