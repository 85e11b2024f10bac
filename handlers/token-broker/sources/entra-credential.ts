import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { ConfigurationError, readPemFile } from "../../runtime";

/** The one key that the broker holds, parsed once, and the certificate that Entra knows it by. */
export interface EntraCredential {
  readonly key: KeyObject;
  /** base64url(SHA-256(DER)), for `x5t#S256`. */
  readonly certificateThumbprint: string;
  readonly notAfter: Date;
}

/**
 * Reads the PEM files of the key and of its certificate (the first one of the file).
 *
 * @throws {ConfigurationError} When a file is missing or unreadable as such, the key is not RSA of 2048 bits or more, the
 *   two do not belong together, or the certificate is not valid now.
 */
export function readEntraCredential(
  files: { readonly certificateFile: string; readonly keyFile: string },
  now: Date,
): EntraCredential {
  const certificate = readPemFile(
    "source.certificateFile",
    "certificate",
    files.certificateFile,
    (pem) => new X509Certificate(pem),
  );
  const key = readPemFile("source.keyFile", "unencrypted private key", files.keyFile, (pem) => createPrivateKey(pem));
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  const notBefore = new Date(certificate.validFrom);
  const notAfter = new Date(certificate.validTo);
  const problems = [
    ...(key.asymmetricKeyType === "rsa" && bits >= 2048
      ? []
      : ["source.keyFile: expected an RSA key of at least 2048 bits, which PS256 needs"]),
    ...(certificate.checkPrivateKey(key)
      ? []
      : ["source.certificateFile: expected the certificate of the key in source.keyFile, got another key's"]),
    ...(notBefore <= now && now < notAfter
      ? []
      : [
          `source.certificateFile: expected a certificate that is valid now, got one from ${notBefore.toISOString()} to ${notAfter.toISOString()}`,
        ]),
  ];
  if (problems.length > 0) throw new ConfigurationError(problems);
  const certificateThumbprint = Buffer.from(certificate.fingerprint256.replaceAll(":", ""), "hex").toString(
    "base64url",
  );
  return { key, certificateThumbprint, notAfter };
}
