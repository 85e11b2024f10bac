import { keyUsageBit } from "./certificate";
import { DerError } from "./der";
import { type LeafCertificate, parseLeafCertificate } from "./leaf-certificate";
import { isWorkloadSpiffeId } from "./spiffe-id";

/** Who is on the other side, as a certificate that was verified up to a trusted authority says. */
export interface PeerIdentity {
  /** Lower-case hexadecimal SHA-256 of the certificate. */
  readonly sha256Fingerprint: string;
  /** Only where the certificate is an X.509-SVID: exactly one URI name, and it is a SPIFFE ID. */
  readonly spiffeId: string | undefined;
  /** All URI names, none of them a SPIFFE ID unless it is the only one. */
  readonly uriSans: readonly string[];
  /** In lower case. */
  readonly dnsNames: readonly string[];
  /** RFC 4514. */
  readonly subjectDn: string;
  readonly notAfter: Date;
  /** For the log only. */
  readonly subject: string;
  readonly issuer: string;
  readonly serialNumber: string;
}

/** Why a certificate is no proof of identity. */
export type CertificateRefusal =
  | "certificate_malformed"
  | "certificate_not_yet_valid"
  | "certificate_expired"
  | "certificate_is_ca"
  | "certificate_key_usage"
  | "certificate_extended_key_usage"
  | "certificate_spiffe_id";

export type PeerResult<Refusal extends string = CertificateRefusal> =
  | { readonly ok: true; readonly peer: PeerIdentity }
  | { readonly ok: false; readonly reason: Refusal };

const clientAuth = "1.3.6.1.5.5.7.3.2";

/**
 * Checks a leaf whose chain was verified elsewhere, for what Node's TLS and others let pass: an authority's certificate,
 * a key that may not sign, two URI names, a name that is no SPIFFE ID.
 * Source: X509-SVID §4 and §5; RFC 5280 §4.2.1.
 */
export function identifyPeer(der: Uint8Array, now: Date): PeerResult {
  let leaf: LeafCertificate;
  try {
    leaf = parseLeafCertificate(der);
  } catch (error) {
    if (error instanceof DerError) return { ok: false, reason: "certificate_malformed" };
    throw error;
  }
  const reason = refusalOf(leaf, now);
  if (reason !== undefined) return { ok: false, reason };
  const { sha256Fingerprint, uriSans, dnsNames, subjectDn, notAfter, subject, issuer, serialNumber } = leaf;
  const [spiffeId] = uriSans.filter(isSpiffe);
  const names = { spiffeId, uriSans, dnsNames, subjectDn };
  return { ok: true, peer: { sha256Fingerprint, ...names, notAfter, subject, issuer, serialNumber } };
}

function refusalOf(leaf: LeafCertificate, now: Date): CertificateRefusal | undefined {
  const { keyUsage, extendedKeyUsage, uriSans } = leaf;
  if (now < leaf.notBefore) return "certificate_not_yet_valid";
  if (now > leaf.notAfter) return "certificate_expired";
  if (leaf.hasHiddenNames) return "certificate_malformed";
  if (leaf.isCa) return "certificate_is_ca";
  if (
    keyUsage !== undefined &&
    (!keyUsage.has(keyUsageBit.digitalSignature) ||
      keyUsage.has(keyUsageBit.keyCertSign) ||
      keyUsage.has(keyUsageBit.cRLSign))
  ) {
    return "certificate_key_usage";
  }
  if (extendedKeyUsage?.includes(clientAuth) !== true) return "certificate_extended_key_usage";
  if (!uriSans.some(isSpiffe)) return undefined;
  if (uriSans.length !== 1 || !uriSans.every(isWorkloadSpiffeId)) return "certificate_spiffe_id";
  // X509-SVID §4.3: an SVID must have the extension, and critical.
  return keyUsage === undefined || !leaf.isKeyUsageCritical ? "certificate_key_usage" : undefined;
}

/** Any case: "SPIFFE://..." is refused as malformed rather than passed over. */
const isSpiffe = (uri: string): boolean => /^spiffe:/i.test(uri);
