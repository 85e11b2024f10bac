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
  const { cert, certificate } = readPemFile(
    "listener.certificateFile",
    "certificate",
    config.certificateFile,
    (pem) => ({
      cert: pem,
      certificate: new X509Certificate(pem),
    }),
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
  return { cert, key, certificate, ...readClientAuthorities(config) };
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

function readAuthorities(field: string, path: string) {
  const read = readPemFile(field, "list of certificates", path, (pem) => {
    const texts = pem.toString("latin1").match(pemCertificate) ?? [];
    return { pem: Buffer.from(`${texts.join("\n")}\n`), authorities: texts.map((text) => new X509Certificate(text)) };
  });
  if (read.authorities.length === 0 || !read.authorities.every((authority) => authority.ca)) {
    throw new ConfigurationError([`${field}: expected at least one certificate, each an authority's (CA:TRUE)`]);
  }
  return read;
}
