import {
  contentOf,
  type DerElement,
  DerError,
  derTag,
  readBitNumbers,
  readBoolean,
  readElements,
  readInside,
  readInteger,
  readObjectIdentifier,
  readTime,
} from "./der";

/** One certificate, read from its DER: Node's own strings are made for people and can be ambiguous. RFC 5280 §4.1. */
export interface Certificate {
  readonly der: Uint8Array;
  /** 1, 2 or 3. */
  readonly version: number;
  /** Big-endian two's complement, as encoded. */
  readonly serialNumber: Uint8Array;
  /** Whether the algorithm under the signature is the one that the signed part names (RFC 5280 §4.1.1.2). */
  readonly hasOneAlgorithm: boolean;
  /** Content of the Name, for comparison byte by byte. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** By object identifier. */
  readonly extensions: ReadonlyMap<string, CertificateExtension>;
}

export interface CertificateExtension {
  readonly critical: boolean;
  readonly value: Uint8Array;
}

export const extensionIds = {
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  nameConstraints: "2.5.29.30",
  certificatePolicies: "2.5.29.32",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
} as const;

/** Bits of RFC 5280 §4.2.1.3. */
export const keyUsageBit = { digitalSignature: 0, keyCertSign: 5, cRLSign: 6 } as const;

/** @throws {DerError} When the bytes are not one certificate in DER. */
export function parseCertificate(der: Uint8Array): Certificate {
  const [certificate, ...trailing] = readElements(der);
  if (trailing.length > 0) throw new DerError("bytes follow the certificate");
  const [tbsCertificate, algorithm] = readInside(certificate, derTag.sequence);
  const all = readInside(tbsCertificate, derTag.sequence);
  // version [0], serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo, ..., extensions [3]
  const [first] = all;
  const hasVersion = first?.tag === derTag.constructed(0);
  const [serial, signature, issuer, validity, subject] = hasVersion ? all.slice(1) : all;
  const [notBefore, notAfter] = readInside(validity, derTag.sequence);
  return {
    der,
    version: hasVersion ? readInteger(single(first.content)) + 1 : 1,
    serialNumber: contentOf(serial, derTag.integer),
    hasOneAlgorithm: Buffer.compare(contentOf(signature, derTag.sequence), contentOf(algorithm, derTag.sequence)) === 0,
    issuer: contentOf(issuer, derTag.sequence),
    subject: contentOf(subject, derTag.sequence),
    notBefore: readTime(notBefore),
    notAfter: readTime(notAfter),
    extensions: readExtensions(all.find(({ tag }) => tag === derTag.constructed(3))),
  };
}

function readExtensions(element: DerElement | undefined): ReadonlyMap<string, CertificateExtension> {
  const extensions = new Map<string, CertificateExtension>();
  if (element === undefined) return extensions;
  for (const extension of readSequence(element.content)) {
    const [id, ...rest] = readInside(extension, derTag.sequence);
    const name = readObjectIdentifier(id);
    // RFC 5280 §4.2: one instance. With two, what we read and what the chain's validator read could differ.
    if (extensions.has(name)) throw new DerError(`extension ${name} stands twice`);
    const [critical] = rest;
    extensions.set(name, {
      critical: critical?.tag === derTag.boolean && readBoolean(critical),
      value: contentOf(rest.at(-1), derTag.octetString),
    });
  }
  return extensions;
}

export interface BasicConstraints {
  readonly isCa: boolean;
  /** How many authorities may stand between this one and a leaf; undefined for any number. */
  readonly pathLength: number | undefined;
}

/** @throws {DerError} */
export function basicConstraintsOf({ extensions }: Certificate): BasicConstraints {
  const extension = extensions.get(extensionIds.basicConstraints);
  if (extension === undefined) return { isCa: false, pathLength: undefined };
  const [first, second] = readSequence(extension.value);
  const isCa = first?.tag === derTag.boolean && readBoolean(first);
  const length = isCa ? second : first;
  return { isCa, pathLength: length === undefined ? undefined : readInteger(length) };
}

/** Numbers of the bits; undefined without the extension. @throws {DerError} */
export function keyUsageOf({ extensions }: Certificate): ReadonlySet<number> | undefined {
  const extension = extensions.get(extensionIds.keyUsage);
  return extension && readBitNumbers(single(extension.value));
}

/** Object identifiers; undefined without the extension. @throws {DerError} */
export function extendedKeyUsageOf({ extensions }: Certificate): readonly string[] | undefined {
  const extension = extensions.get(extensionIds.extendedKeyUsage);
  return extension && readSequence(extension.value).map(readObjectIdentifier);
}

/** The GeneralNames; undefined without the extension. @throws {DerError} */
export function subjectAltNamesOf({ extensions }: Certificate): readonly DerElement[] | undefined {
  const extension = extensions.get(extensionIds.subjectAltName);
  return extension && readSequence(extension.value);
}

function single(bytes: Uint8Array): DerElement {
  const [element, ...others] = readElements(bytes);
  if (element === undefined || others.length > 0) throw new DerError("expected one element");
  return element;
}

const readSequence = (bytes: Uint8Array): DerElement[] => readInside(single(bytes), derTag.sequence);
