import { createHmac, createPrivateKey, type KeyObject, timingSafeEqual, X509Certificate } from "node:crypto";
import {
  contentOf,
  type DerElement,
  DerError,
  derTag,
  readElements,
  readInside,
  readInteger,
  readObjectIdentifier,
} from "../../peer/der";
import { boundedIterations, decrypt } from "./decrypt";
import { passwordKey, passwordKeyPurpose } from "./password-key";
import { Pkcs12Error } from "./pkcs12-error";

const contentType = { data: "1.2.840.113549.1.7.1", encryptedData: "1.2.840.113549.1.7.6" } as const;
const bagType = {
  key: "1.2.840.113549.1.12.10.1.1",
  shroudedKey: "1.2.840.113549.1.12.10.1.2",
  certificate: "1.2.840.113549.1.12.10.1.3",
  safeContents: "1.2.840.113549.1.12.10.1.6",
} as const;
const x509Certificate = "1.2.840.113549.1.9.22.1";

const macHashes: Readonly<Record<string, string>> = {
  "1.3.14.3.2.26": "sha1",
  "2.16.840.1.101.3.4.2.4": "sha224",
  "2.16.840.1.101.3.4.2.1": "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
};

/** Safe contents hold safe contents hold safe contents. */
const deepestNesting = 4;

export interface Pkcs12Content {
  readonly key: KeyObject;
  /** The one whose key it is, whatever else the file holds of its chain. */
  readonly certificate: X509Certificate;
}

/**
 * Reads the key of a PKCS#12 file, of which there must be one, and its certificate. Node reads such files for TLS only and
 * gives nothing out of them.
 * Source: RFC 7292.
 *
 * @throws {Pkcs12Error} Whose text holds nothing of the file or the password.
 */
export function readPkcs12(file: Uint8Array, password: string): Pkcs12Content {
  try {
    return read(file, password);
  } catch (error) {
    if (error instanceof DerError) throw new Pkcs12Error("malformed");
    throw error;
  }
}

/** Of Java's own keystores, JKS and JCEKS, which many a .keystore and even .p12 still is. */
const javaKeystores = ["feedfeed", "cececece"];

function read(file: Uint8Array, password: string): Pkcs12Content {
  if (javaKeystores.includes(Buffer.from(file.subarray(0, 4)).toString("hex"))) throw new Pkcs12Error("java_keystore");
  const [pfx, ...trailing] = readElements(file);
  const [version, authSafe, macData] = readInside(pfx, derTag.sequence);
  if (trailing.length > 0 || readInteger(version) !== 3) throw new Pkcs12Error("malformed");
  const [type, content] = readContentInfo(authSafe);
  if (type !== contentType.data) throw new Pkcs12Error("unsupported_algorithm", type);
  const authenticated = contentOf(content, derTag.octetString);
  // Without it, whoever can write the file could put another certificate beside the key.
  if (macData === undefined) throw new Pkcs12Error("malformed");
  verifyMac(macData, authenticated, password);

  const keys: KeyObject[] = [];
  const certificates: X509Certificate[] = [];
  const collect = (contents: Uint8Array, depth: number): void => {
    if (depth > deepestNesting) throw new Pkcs12Error("malformed");
    for (const bag of readSequence(contents)) {
      const [id, value] = readInside(bag, derTag.sequence);
      const inside = contentOf(value, derTag.constructed(0));
      const name = readObjectIdentifier(id);
      if (name === bagType.key) keys.push(readKey(inside));
      else if (name === bagType.shroudedKey) keys.push(readKey(inside, password));
      else if (name === bagType.certificate) certificates.push(...readCertificate(inside));
      else if (name === bagType.safeContents) collect(inside, depth + 1);
    }
  };
  for (const part of readSequence(authenticated)) collect(readSafe(part, password), 0);

  const [key, ...others] = keys;
  if (key === undefined) throw new Pkcs12Error("no_key");
  if (others.length > 0) throw new Pkcs12Error("several_keys");
  const certificate = certificates.find((candidate) => candidate.checkPrivateKey(key));
  if (certificate === undefined) throw new Pkcs12Error("no_certificate");
  return { key, certificate };
}

/** One part of the file, decrypted where it is encrypted. */
function readSafe(part: DerElement, password: string): Uint8Array {
  const [type, content] = readContentInfo(part);
  if (type === contentType.data) return contentOf(content, derTag.octetString);
  if (type !== contentType.encryptedData) throw new Pkcs12Error("unsupported_algorithm", type);
  const [, encryptedContentInfo] = readInside(content, derTag.sequence);
  const [, algorithm, encrypted] = readInside(encryptedContentInfo, derTag.sequence);
  return decrypt(algorithm, octetsOf(encrypted), password);
}

/** An implicit [0] OCTET STRING: in one piece, or in several as streaming writers make it. */
function octetsOf(element: DerElement | undefined): Uint8Array {
  if (element?.tag === derTag.primitive(0)) return element.content;
  return Buffer.concat(readInside(element, derTag.constructed(0)).map((piece) => contentOf(piece, derTag.octetString)));
}

function readContentInfo(element: DerElement | undefined): [type: string, content: DerElement | undefined] {
  const [type, content] = readInside(element, derTag.sequence);
  const [inside] = readInside(content, derTag.constructed(0));
  return [readObjectIdentifier(type), inside];
}

function verifyMac(macData: DerElement, authenticated: Uint8Array, password: string): void {
  const [digestInfo, salt, iterations] = readInside(macData, derTag.sequence);
  const [algorithm, digest] = readInside(digestInfo, derTag.sequence);
  const [id] = readInside(algorithm, derTag.sequence);
  const name = readObjectIdentifier(id);
  const hash = macHashes[name];
  if (hash === undefined) throw new Pkcs12Error("unsupported_algorithm", name);
  const expected = contentOf(digest, derTag.octetString);
  const key = passwordKey({
    hash,
    password,
    salt: contentOf(salt, derTag.octetString),
    iterations: boundedIterations(iterations === undefined ? 1 : readInteger(iterations)),
    purpose: passwordKeyPurpose.mac,
    length: expected.length,
  });
  const actual = createHmac(hash, key).update(authenticated).digest();
  if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) throw new Pkcs12Error("wrong_password");
}

function readKey(der: Uint8Array, passphrase?: string): KeyObject {
  try {
    return createPrivateKey({
      key: Buffer.from(der),
      format: "der",
      type: "pkcs8",
      ...(passphrase !== undefined && { passphrase }),
    });
  } catch {
    // The password has proved right: what remains is an algorithm that OpenSSL no longer has.
    throw new Pkcs12Error("unsupported_algorithm", "of the key");
  }
}

function readCertificate(bag: Uint8Array): readonly X509Certificate[] {
  const [id, value] = readSequence(bag);
  if (readObjectIdentifier(id) !== x509Certificate) return [];
  const [octets] = readInside(value, derTag.constructed(0));
  try {
    return [new X509Certificate(contentOf(octets, derTag.octetString))];
  } catch {
    throw new Pkcs12Error("malformed");
  }
}

function readSequence(bytes: Uint8Array): DerElement[] {
  const [sequence] = readElements(bytes);
  return readInside(sequence, derTag.sequence);
}
