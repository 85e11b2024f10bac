import { KeyObject, type webcrypto } from "node:crypto";
import { writeFile } from "node:fs/promises";

/** A certificate and its private key (PKCS #8), both as PEM. */
export interface CertificateWithKey {
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** PKCS #8 PEM of an extractable private key. */
export async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  return KeyObject.from(key).export({ type: "pkcs8", format: "pem" }).toString();
}

/** Writes a new file that only its owner may read and write. An existing file or link is refused, never followed. */
export async function writePrivateFile(path: string, content: string | Uint8Array): Promise<void> {
  await writeFile(path, content, { mode: 0o600, flag: "wx" });
}
