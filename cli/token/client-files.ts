import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { errorCode } from "../../handlers/runtime";
import { UserError } from "../user-error";

/** Paths of what a machine shows a broker, and of what it believes. */
export interface ClientPaths {
  /** PEM: the client's certificate, then the rest of its chain. */
  readonly cert: string;
  /** PEM: its key. */
  readonly key: string;
  /** PEM: authorities of the broker's own certificate; the system's unless given. */
  readonly ca?: string | undefined;
}

export interface ClientFiles {
  readonly cert: string;
  readonly key: string;
  readonly ca: string | undefined;
}

/**
 * Reads the files that a client needs, and looks whether they fit together: OpenSSL's own words name neither file nor
 * option.
 *
 * @throws {UserError} Naming the option.
 */
export async function readClientFiles(paths: ClientPaths): Promise<ClientFiles> {
  const [cert, key, ca] = await Promise.all([
    readPem("--cert", paths.cert),
    readPem("--key", paths.key),
    paths.ca === undefined ? undefined : readPem("--ca", paths.ca),
  ]);
  const certificate = certificateIn("--cert", paths.cert, cert);
  if (!certificate.checkPrivateKey(keyIn(paths.key, key))) {
    throw new UserError(`--key: ${paths.key} is not the key of the certificate in ${paths.cert}`);
  }
  if (paths.ca !== undefined && ca !== undefined) certificateIn("--ca", paths.ca, ca);
  return { cert, key, ca };
}

async function readPem(option: string, path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new UserError(`${option}: cannot read ${path} (${errorCode(error) ?? "unreadable"})`);
  }
}

function certificateIn(option: string, path: string, pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new UserError(`${option}: ${path} holds no PEM certificate`);
  }
}

function keyIn(path: string, pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    const isEncrypted = /^(-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED)/m.test(pem);
    const problem = isEncrypted ? "is encrypted: expected a key without a password" : "holds no PEM private key";
    throw new UserError(`--key: ${path} ${problem}`);
  }
}
