import "reflect-metadata";
import { X509Certificate as NodeCertificate, webcrypto } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  type JsonGeneralNames,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

const day = 24 * 3_600_000;
const ecdsa = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const rsa = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2048,
};

export interface KeyPairWithCertificate {
  readonly certificate: X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly der: Buffer;
}

export interface LeafOptions {
  readonly commonName?: string;
  /** In place of `CN=` and the common name. */
  readonly subject?: string;
  readonly names?: JsonGeneralNames;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly ca?: boolean;
  /** How many authorities may follow. */
  readonly pathLength?: number;
  /** In place of new ones. */
  readonly keys?: webcrypto.CryptoKeyPair;
  /** false leaves the extension out. */
  readonly keyUsage?: KeyUsageFlags | false;
  readonly extendedKeyUsage?: readonly string[] | false;
  readonly moreExtensions?: readonly Extension[];
}

/** Of an authority between the root and a leaf. */
export const authorityKeyUsage = KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign;

let serial = 1;
const nextSerial = () => (serial++).toString(16).padStart(4, "0");

async function pack(certificate: X509Certificate, keys: webcrypto.CryptoKeyPair): Promise<KeyPairWithCertificate> {
  const pkcs8 = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    certificate,
    keys,
    certificatePem: `${certificate.toString("pem")}\n`,
    keyPem: `${PemConverter.encode(pkcs8, PemConverter.PrivateKeyTag)}\n`,
    der: Buffer.from(certificate.rawData),
  };
}

/** A self-signed authority. */
export async function createAuthority(commonName: string): Promise<KeyPairWithCertificate> {
  const keys = await webcrypto.subtle.generateKey(ecdsa, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: nextSerial(),
    name: `CN=${commonName}`,
    notBefore: new Date(Date.now() - day),
    notAfter: new Date(Date.now() + 365 * day),
    signingAlgorithm: ecdsa,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  return pack(certificate, keys);
}

/** A leaf for clients, or whatever the options make of it. */
export async function issueLeaf(
  authority: KeyPairWithCertificate,
  options: LeafOptions = {},
): Promise<KeyPairWithCertificate> {
  const { commonName = "client", names = [], keyUsage, extendedKeyUsage, moreExtensions = [] } = options;
  const keys = options.keys ?? (await webcrypto.subtle.generateKey(ecdsa, true, ["sign", "verify"]));
  const extensions: Extension[] = [new BasicConstraintsExtension(options.ca ?? false, options.pathLength, true)];
  if (keyUsage !== false) extensions.push(new KeyUsagesExtension(keyUsage ?? KeyUsageFlags.digitalSignature, true));
  if (extendedKeyUsage !== false) {
    extensions.push(new ExtendedKeyUsageExtension([...(extendedKeyUsage ?? [ExtendedKeyUsage.clientAuth])]));
  }
  if (names.length > 0) extensions.push(new SubjectAlternativeNameExtension(names));
  const certificate = await X509CertificateGenerator.create({
    serialNumber: nextSerial(),
    subject: options.subject ?? `CN=${commonName}`,
    issuer: authority.certificate.subject,
    notBefore: options.notBefore ?? new Date(Date.now() - day),
    notAfter: options.notAfter ?? new Date(Date.now() + 30 * day),
    signingAlgorithm: ecdsa,
    publicKey: keys.publicKey,
    signingKey: authority.keys.privateKey,
    extensions: [...extensions, ...moreExtensions],
  });
  return pack(certificate, keys);
}

export const x509Of = ({ der }: Pick<KeyPairWithCertificate, "der">): NodeCertificate => new NodeCertificate(der);

/** A self-signed RSA certificate as an Entra application has it. */
export async function createEntraCertificate(
  validity: { readonly notBefore?: Date; readonly notAfter?: Date } = {},
): Promise<KeyPairWithCertificate> {
  const keys = await webcrypto.subtle.generateKey(rsa, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: nextSerial(),
    name: "CN=token-broker",
    notBefore: validity.notBefore ?? new Date(Date.now() - day),
    notAfter: validity.notAfter ?? new Date(Date.now() + 365 * day),
    signingAlgorithm: rsa,
    keys,
  });
  return pack(certificate, keys);
}

/** A folder that disappears after the test, and a way to put files in it. */
export interface TemporaryFolder {
  readonly path: string;
  write(name: string, content: string | Buffer): string;
  read(name: string): string;
  remove(): void;
}

export function temporaryFolder(): TemporaryFolder {
  const folder = mkdtempSync(join(tmpdir(), "token-broker-"));
  return {
    path: folder,
    read: (name) => readFileSync(join(folder, name), "utf8"),
    write(name, content) {
      const path = join(folder, name);
      writeFileSync(path, content, { mode: 0o600 });
      return path;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
