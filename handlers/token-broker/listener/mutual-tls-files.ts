import { createPrivateKey, X509Certificate } from "node:crypto";
import { ConfigurationError, readPemFile } from "../../runtime";
import type { MutualTlsConfig } from "../config";
import { ClientTrust } from "./client-trust";

type MutualTlsPaths = Pick<MutualTlsConfig, "certificateFile" | "keyFile" | "clientCaFile" | "trustDomains">;

export interface MutualTlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Every authority of clients, as the handshake takes them. */
  readonly ca: Buffer;
  readonly trust: ClientTrust;
  /** The listener's own. */
  readonly certificate: X509Certificate;
  /** Of the certificates that the listener shows, its own and intermediates, the one that ends first. */
  readonly firstToEnd: X509Certificate;
}

/** The files that the listener is made from. */
export function mutualTlsPaths({
  certificateFile,
  keyFile,
  clientCaFile,
  trustDomains = [],
}: MutualTlsPaths): string[] {
  return [certificateFile, keyFile, clientCaFile, ...trustDomains.map(({ caFile }) => caFile)];
}

/** Reads and checks the files of the mutual-TLS listener. @throws {ConfigurationError} */
export function readMutualTlsFiles(config: MutualTlsPaths): MutualTlsFiles {
  const { cert, certificate, firstToEnd } = readPemFile(
    "listener.certificateFile",
    "certificate",
    config.certificateFile,
    (pem) => {
      const own = new X509Certificate(pem);
      return { cert: pem, certificate: own, firstToEnd: firstToEndOf(own, certificatesOf(pem)) };
    },
  );
  const { key, privateKey } = readPemFile("listener.keyFile", "unencrypted private key", config.keyFile, (pem) => ({
    key: pem,
    privateKey: createPrivateKey(pem),
  }));
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new ConfigurationError([
      "listener.certificateFile: expected the certificate of the key in listener.keyFile, got another key's",
    ]);
  }
  return { cert, key, certificate, firstToEnd, ...readClientAuthorities(config) };
}

/**
 * @throws {ConfigurationError} For a certificate that has ended: with it nobody could connect. One that is not valid yet is
 *   taken, since its file does not change again when its time comes.
 */
export function refuseEndedCertificate({ certificate }: Pick<MutualTlsFiles, "certificate">, now: Date): void {
  const end = new Date(certificate.validTo);
  if (now <= end) return;
  throw new ConfigurationError([
    `listener.certificateFile: expected a certificate that is still valid, got one to ${end.toISOString()}`,
  ]);
}

/** Who vouches for clients, without the listener's own key. @throws {ConfigurationError} */
export function readClientAuthorities({
  clientCaFile,
  trustDomains = [],
}: Pick<MutualTlsPaths, "clientCaFile" | "trustDomains">): Pick<MutualTlsFiles, "ca" | "trust"> {
  const general = readAuthorities("listener.clientCaFile", clientCaFile);
  const bundles = trustDomains.map(
    ({ name, caFile }, index) => [name, readAuthorities(`listener.trustDomains[${index}].caFile`, caFile)] as const,
  );
  const ca = Buffer.concat([general, ...bundles.map(([, bundle]) => bundle)].map(({ pem }) => pem));
  const trust = new ClientTrust(
    general.authorities,
    new Map(bundles.map(([name, { authorities }]) => [name, authorities])),
  );
  return { ca, trust };
}

const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

const textsOf = (pem: Buffer): readonly string[] => pem.toString("latin1").match(pemCertificate) ?? [];
const certificatesOf = (pem: Buffer): readonly X509Certificate[] =>
  textsOf(pem).map((text) => new X509Certificate(text));

export const firstToEndOf = (first: X509Certificate, others: readonly X509Certificate[]): X509Certificate =>
  others.reduce((one, other) => (Date.parse(other.validTo) < Date.parse(one.validTo) ? other : one), first);

function readAuthorities(field: string, path: string) {
  const read = readPemFile(field, "list of certificates", path, (pem) => ({
    pem: Buffer.from(`${textsOf(pem).join("\n")}\n`),
    authorities: certificatesOf(pem),
  }));
  if (read.authorities.length === 0 || !read.authorities.every((authority) => authority.ca)) {
    throw new ConfigurationError([`${field}: expected at least one certificate, each an authority's (CA:TRUE)`]);
  }
  return read;
}
