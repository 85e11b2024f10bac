import { createHash, X509Certificate } from "node:crypto";
import {
  basicConstraintsOf,
  extendedKeyUsageOf,
  extensionIds,
  keyUsageOf,
  parseCertificate,
  subjectAltNamesOf,
} from "./certificate";
import { DerError, derTag, readAscii } from "./der";
import { distinguishedName } from "./distinguished-name";

/** What a client's certificate says. */
export interface LeafCertificate {
  /** Lower-case hexadecimal SHA-256 of the DER. */
  readonly sha256Fingerprint: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly isCa: boolean;
  /** Numbers of the bits of RFC 5280 §4.2.1.3; undefined without the extension. */
  readonly keyUsage: ReadonlySet<number> | undefined;
  readonly isKeyUsageCritical: boolean;
  /** Object identifiers; undefined without the extension. */
  readonly extendedKeyUsage: readonly string[] | undefined;
  readonly uriSans: readonly string[];
  /** In lower case. */
  readonly dnsNames: readonly string[];
  /** Whether the names stand only in an extension that others may pass over: an empty subject, and names not critical. */
  readonly hasHiddenNames: boolean;
  /** RFC 4514, for the policy. */
  readonly subjectDn: string;
  /** One line, for the log only. */
  readonly subject: string;
  readonly issuer: string;
  readonly serialNumber: string;
}

/** RFC 5280 §4.2.1.6. */
const generalName = { dns: derTag.primitive(2), uri: derTag.primitive(6) } as const;

/** @throws {DerError} When the bytes are not one certificate in DER. */
export function parseLeafCertificate(der: Uint8Array): LeafCertificate {
  const certificate = parseCertificate(der);
  const { subject, extensions, notBefore, notAfter } = certificate;
  const names = subjectAltNamesOf(certificate) ?? [];
  return {
    sha256Fingerprint: createHash("sha256").update(der).digest("hex"),
    notBefore,
    notAfter,
    isCa: basicConstraintsOf(certificate).isCa,
    keyUsage: keyUsageOf(certificate),
    isKeyUsageCritical: extensions.get(extensionIds.keyUsage)?.critical === true,
    extendedKeyUsage: extendedKeyUsageOf(certificate),
    uriSans: names.filter(({ tag }) => tag === generalName.uri).map(({ content }) => readAscii(content)),
    dnsNames: names.filter(({ tag }) => tag === generalName.dns).map(({ content }) => readAscii(content).toLowerCase()),
    hasHiddenNames: subject.length === 0 && extensions.get(extensionIds.subjectAltName)?.critical !== true,
    subjectDn: distinguishedName(subject),
    ...describe(der),
  };
}

function describe(der: Uint8Array): Pick<LeafCertificate, "subject" | "issuer" | "serialNumber"> {
  try {
    const { subject, issuer, serialNumber } = new X509Certificate(der);
    return { subject: oneLine(subject), issuer: oneLine(issuer), serialNumber };
  } catch {
    throw new DerError("not a certificate");
  }
}

/** Node writes one attribute a line; undefined for an empty name. */
export const oneLine = (name: string | undefined): string => (name ?? "").split("\n").join(", ");
