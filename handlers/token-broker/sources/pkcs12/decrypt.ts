import { createDecipheriv, pbkdf2Sync } from "node:crypto";
import { contentOf, type DerElement, derTag, readInside, readInteger, readObjectIdentifier } from "../../peer/der";
import { longestDerivation, passwordKey, passwordKeyPurpose } from "./password-key";
import { Pkcs12Error } from "./pkcs12-error";
import { decryptRc2Cbc } from "./rc2";

const pbes2 = "1.2.840.113549.1.5.13";
const pbkdf2 = "1.2.840.113549.1.5.12";
/** RFC 7292 appendix C: SHA-1 and a cipher of its time. */
const sha1Schemes: Readonly<Record<string, { readonly keyBytes: number; readonly rc2?: true }>> = {
  "1.2.840.113549.1.12.1.3": { keyBytes: 24 },
  "1.2.840.113549.1.12.1.5": { keyBytes: 16, rc2: true },
  "1.2.840.113549.1.12.1.6": { keyBytes: 5, rc2: true },
};

const pseudoRandomFunctions: Readonly<Record<string, string>> = {
  "1.2.840.113549.2.7": "sha1",
  "1.2.840.113549.2.8": "sha224",
  "1.2.840.113549.2.9": "sha256",
  "1.2.840.113549.2.10": "sha384",
  "1.2.840.113549.2.11": "sha512",
};
const ciphers: Readonly<Record<string, { readonly name: string; readonly keyBytes: number }>> = {
  "2.16.840.1.101.3.4.1.2": { name: "aes-128-cbc", keyBytes: 16 },
  "2.16.840.1.101.3.4.1.22": { name: "aes-192-cbc", keyBytes: 24 },
  "2.16.840.1.101.3.4.1.42": { name: "aes-256-cbc", keyBytes: 32 },
  "1.2.840.113549.3.7": { name: "des-ede3-cbc", keyBytes: 24 },
};

/**
 * Decrypts what a password protects in a PKCS#12 file: PBES2 (RFC 8018 §6.2), as all tools of today write it, and what Java 8
 * and OpenSSL 1.1 write: SHA-1 with triple DES for keys, with RC2 of 40 bits for certificates.
 *
 * @param algorithm An AlgorithmIdentifier.
 * @throws {Pkcs12Error} Also for a wrong password, as far as the padding shows it.
 */
export function decrypt(algorithm: DerElement | undefined, encrypted: Uint8Array, password: string): Buffer {
  const { name, key, iv } = derive(algorithm, password);
  try {
    if (name === "rc2") return decryptRc2Cbc(encrypted, key, iv, 8 * key.length);
    const decipher = createDecipheriv(name, key, iv);
    return Buffer.concat([decipher.update(encrypted), decipher.final()]);
  } catch {
    throw new Pkcs12Error("wrong_password");
  }
}

function derive(algorithm: DerElement | undefined, password: string) {
  const [id, parameters] = readInside(algorithm, derTag.sequence);
  const scheme = readObjectIdentifier(id);
  if (scheme === pbes2) return derivePbes2(parameters, password);
  const { keyBytes, rc2 } = sha1Schemes[scheme] ?? {};
  if (keyBytes === undefined) throw new Pkcs12Error("unsupported_algorithm", scheme);
  const [salt, count] = readInside(parameters, derTag.sequence);
  const common = {
    hash: "sha1",
    password,
    salt: contentOf(salt, derTag.octetString),
    iterations: boundedIterations(readInteger(count)),
  };
  return {
    name: rc2 ? "rc2" : "des-ede3-cbc",
    key: passwordKey({ ...common, purpose: passwordKeyPurpose.encryption, length: keyBytes }),
    iv: passwordKey({ ...common, purpose: passwordKeyPurpose.initializationVector, length: 8 }),
  };
}

function derivePbes2(parameters: DerElement | undefined, password: string) {
  const [derivation, encryption] = readInside(parameters, derTag.sequence);
  const [derivationId, derivationParameters] = readInside(derivation, derTag.sequence);
  const derivationName = readObjectIdentifier(derivationId);
  if (derivationName !== pbkdf2) throw new Pkcs12Error("unsupported_algorithm", derivationName);
  const [salt, count, ...options] = readInside(derivationParameters, derTag.sequence);
  const [encryptionId, iv] = readInside(encryption, derTag.sequence);
  const cipherName = readObjectIdentifier(encryptionId);
  const cipher = ciphers[cipherName];
  if (cipher === undefined) throw new Pkcs12Error("unsupported_algorithm", cipherName);
  // keyLength, an integer, may stand before the function.
  const [functionId] = options
    .filter(({ tag }) => tag === derTag.sequence)
    .map((element) => readObjectIdentifier(readInside(element, derTag.sequence)[0]));
  const digest = functionId === undefined ? "sha1" : pseudoRandomFunctions[functionId];
  if (digest === undefined) throw new Pkcs12Error("unsupported_algorithm", functionId);
  const iterations = boundedIterations(readInteger(count));
  const key = pbkdf2Sync(password, contentOf(salt, derTag.octetString), iterations, cipher.keyBytes, digest);
  return { name: cipher.name, key, iv: contentOf(iv, derTag.octetString) };
}

export function boundedIterations(iterations: number): number {
  if (iterations < 1 || iterations > longestDerivation) throw new Pkcs12Error("malformed");
  return iterations;
}
