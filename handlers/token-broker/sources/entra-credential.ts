import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { ConfigurationError, errorCode, readPemFile } from "../../runtime";
import type { EntraClientAssertionConfig } from "../config";
import { readPkcs12 } from "./pkcs12/pkcs12";
import { Pkcs12Error, type Pkcs12Fault } from "./pkcs12/pkcs12-error";

/** The one key that the broker holds, parsed once, and the certificate that Entra knows it by. */
export interface EntraCredential {
  readonly key: KeyObject;
  /** base64url(SHA-256(DER)), for `x5t#S256`. */
  readonly certificateThumbprint: string;
  readonly notAfter: Date;
}

export type EntraCredentialFiles = Pick<
  EntraClientAssertionConfig,
  "certificateFile" | "keyFile" | "pkcs12File" | "passwordFile"
>;

/** The files that the credential is made from. */
export const entraCredentialPaths = (files: EntraCredentialFiles): string[] =>
  [files.certificateFile, files.keyFile, files.pkcs12File, files.passwordFile].filter((file) => file !== undefined);

/**
 * Reads the key and its certificate: from PEM files (the first certificate of the file; the key may be encrypted), or from
 * a PKCS#12 file.
 *
 * @throws {ConfigurationError} When a file is missing or unreadable as such, the password is wrong, the key is not RSA of
 *   2048 bits or more, the two do not belong together, or the certificate is not valid now.
 */
export function readEntraCredential(files: EntraCredentialFiles, now: Date): EntraCredential {
  const { key, certificate, keyField, certificateField } =
    files.pkcs12File === undefined ? readPem(files) : readPkcs12File(files.pkcs12File, files);
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  const notBefore = new Date(certificate.validFrom);
  const notAfter = new Date(certificate.validTo);
  const problems = [
    ...(key.asymmetricKeyType === "rsa" && bits >= 2048
      ? []
      : [`${keyField}: expected an RSA key of at least 2048 bits, which PS256 needs`]),
    ...(certificate.checkPrivateKey(key)
      ? []
      : [`${certificateField}: expected the certificate of the key in ${keyField}, got another key's`]),
    ...(notBefore <= now && now < notAfter
      ? []
      : [
          `${certificateField}: expected a certificate that is valid now, got one from ${notBefore.toISOString()} to ${notAfter.toISOString()}`,
        ]),
  ];
  if (problems.length > 0) {
    throw new ConfigurationError(problems, { mayPass: problems.length === 1 && now < notBefore });
  }
  const certificateThumbprint = Buffer.from(certificate.fingerprint256.replaceAll(":", ""), "hex").toString(
    "base64url",
  );
  return { key, certificateThumbprint, notAfter };
}

function readPem({ certificateFile = "", keyFile = "", passwordFile }: EntraCredentialFiles) {
  const [certificateField, keyField] = ["source.certificateFile", "source.keyFile"];
  const passphrase = passwordFile === undefined ? undefined : readPassword(passwordFile);
  return {
    certificateField,
    keyField,
    certificate: readPemFile(certificateField, "certificate", certificateFile, (pem) => new X509Certificate(pem)),
    key: readPemFile(
      keyField,
      passphrase === undefined
        ? "private key, unencrypted or with source.passwordFile"
        : "private key that the password opens",
      keyFile,
      (pem) => createPrivateKey({ key: pem, ...(passphrase !== undefined && { passphrase }) }),
    ),
  };
}

const faults: Readonly<Record<Pkcs12Fault, string>> = {
  malformed: "expected a PKCS#12 file in DER with a MAC",
  wrong_password: "source.passwordFile does not open it",
  java_keystore:
    "expected a PKCS#12 file, got a keystore of Java's own form; convert it with keytool -importkeystore -deststoretype PKCS12",
  unsupported_algorithm: "it is protected by an algorithm that is not supported; export it anew with AES-256",
  no_key: "expected a private key in it, there is none",
  several_keys: "expected one private key in it, there are several",
  no_certificate: "expected the certificate of the private key in it, there is none",
};

function readPkcs12File(pkcs12File: string, { passwordFile = "" }: EntraCredentialFiles) {
  const field = "source.pkcs12File";
  const password = readPassword(passwordFile);
  let file: Buffer;
  try {
    file = readFileSync(pkcs12File);
  } catch (error) {
    throw new ConfigurationError([`${field}: cannot read the file (${errorCode(error) ?? "unreadable"})`]);
  }
  try {
    return { certificateField: field, keyField: field, ...readPkcs12(file, password) };
  } catch (error) {
    if (!(error instanceof Pkcs12Error)) throw error;
    const algorithm = error.algorithm === undefined ? "" : ` (${error.algorithm})`;
    throw new ConfigurationError([`${field}: ${faults[error.fault]}${algorithm}`]);
  }
}

/** Editors and `echo` end a file with a line break, which is not the password's. */
function readPassword(path: string): string {
  try {
    return readFileSync(path, "utf8").replace(/\r?\n$/, "");
  } catch (error) {
    throw new ConfigurationError([`source.passwordFile: cannot read the file (${errorCode(error) ?? "unreadable"})`]);
  }
}
