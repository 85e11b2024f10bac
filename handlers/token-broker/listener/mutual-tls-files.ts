import { createPrivateKey, X509Certificate } from "node:crypto";
import { ConfigurationError, readPemFile } from "../../runtime";
import type { ListenerConfig } from "../config";

type MutualTlsConfig = Extract<ListenerConfig, { kind: "mutual-tls" }>;

export interface MutualTlsFiles {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer;
  /** The authorities of `ca`, parsed. */
  readonly authorities: readonly X509Certificate[];
}

const pemCertificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Reads and checks the files of the mutual-TLS listener. @throws {ConfigurationError} */
export function readMutualTlsFiles(config: MutualTlsConfig): MutualTlsFiles {
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
  const { ca, authorities } = readPemFile(
    "listener.clientCaFile",
    "list of certificates",
    config.clientCaFile,
    (pem) => ({
      ca: pem,
      authorities: (pem.toString("latin1").match(pemCertificate) ?? []).map((text) => new X509Certificate(text)),
    }),
  );
  const problems = [
    ...(certificate.checkPrivateKey(privateKey)
      ? []
      : ["listener.certificateFile: expected the certificate of the key in listener.keyFile, got another key's"]),
    ...(authorities.length > 0 && authorities.every((authority) => authority.ca)
      ? []
      : ["listener.clientCaFile: expected at least one certificate, each an authority's (CA:TRUE)"]),
  ];
  if (problems.length > 0) throw new ConfigurationError(problems);
  return { cert, key, ca, authorities };
}
