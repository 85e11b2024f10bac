import { createHash, X509Certificate } from "node:crypto";
import {
  contentOf,
  type DerElement,
  DerError,
  derTag,
  readAscii,
  readBitNumbers,
  readBoolean,
  readElements,
  readInside,
  readObjectIdentifier,
  readTime,
} from "./der";

/** What a client's certificate says, read from its DER: Node's own strings are made for people and can be ambiguous. */
export interface LeafCertificate {
  /** Lower-case hexadecimal SHA-256 of the DER. */
  readonly sha256Fingerprint: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly isCa: boolean;
  /** Numbers of the bits of RFC 5280 §4.2.1.3; undefined without the extension. */
  readonly keyUsage: ReadonlySet<number> | undefined;
  /** Object identifiers; undefined without the extension. */
  readonly extendedKeyUsage: readonly string[] | undefined;
  readonly uriSans: readonly string[];
  /** In lower case. */
  readonly dnsNames: readonly string[];
  /** One line, for the log only. */
  readonly subject: string;
  readonly issuer: string;
  readonly serialNumber: string;
}

const extensionIds = {
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  extendedKeyUsage: "2.5.29.37",
} as const;

/** RFC 5280 §4.2.1.6. */
const generalName = { dns: derTag.primitive(2), uri: derTag.primitive(6) } as const;

/** @throws {DerError} When the bytes are not one certificate in DER. */
export function parseLeafCertificate(der: Uint8Array): LeafCertificate {
  const [certificate, ...trailing] = readElements(der);
  if (trailing.length > 0) throw new DerError("bytes follow the certificate");
  const [tbsCertificate] = readInside(certificate, derTag.sequence);
  const fields = readInside(tbsCertificate, derTag.sequence);
  // version [0], serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo, ..., extensions [3]
  const [notBefore, notAfter] = readInside(fields[4], derTag.sequence);
  const extensions = readExtensions(fields.find(({ tag }) => tag === derTag.constructed(3)));
  const names = extensions.get(extensionIds.subjectAltName);
  const sans = names === undefined ? [] : readSequence(names);
  const forPeople = describe(der);
  return {
    sha256Fingerprint: createHash("sha256").update(der).digest("hex"),
    notBefore: readTime(notBefore),
    notAfter: readTime(notAfter),
    isCa: readIsCa(extensions.get(extensionIds.basicConstraints)),
    keyUsage: optional(extensions.get(extensionIds.keyUsage), (value) => readBitNumbers(single(value))),
    extendedKeyUsage: optional(extensions.get(extensionIds.extendedKeyUsage), (value) =>
      readSequence(value).map(readObjectIdentifier),
    ),
    uriSans: sans.filter(({ tag }) => tag === generalName.uri).map(({ content }) => readAscii(content)),
    dnsNames: sans.filter(({ tag }) => tag === generalName.dns).map(({ content }) => readAscii(content).toLowerCase()),
    ...forPeople,
  };
}

function readExtensions(element: DerElement | undefined): ReadonlyMap<string, Uint8Array> {
  const extensions = new Map<string, Uint8Array>();
  if (element === undefined) return extensions;
  for (const extension of readSequence(element.content)) {
    const [id, ...rest] = readInside(extension, derTag.sequence);
    const name = readObjectIdentifier(id);
    // RFC 5280 §4.2: one instance. With two, what we read and what the chain's validator read could differ.
    if (extensions.has(name)) throw new DerError(`extension ${name} stands twice`);
    extensions.set(name, contentOf(rest.at(-1), derTag.octetString));
  }
  return extensions;
}

function readIsCa(value: Uint8Array | undefined): boolean {
  if (value === undefined) return false;
  const [first] = readSequence(value);
  return first?.tag === derTag.boolean && readBoolean(first);
}

function single(bytes: Uint8Array): DerElement {
  const [element, ...others] = readElements(bytes);
  if (element === undefined || others.length > 0) throw new DerError("expected one element");
  return element;
}

const readSequence = (bytes: Uint8Array): DerElement[] => readInside(single(bytes), derTag.sequence);

function optional<Value, Result>(value: Value | undefined, read: (value: Value) => Result): Result | undefined {
  return value === undefined ? undefined : read(value);
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
