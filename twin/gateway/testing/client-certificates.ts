import "reflect-metadata";
import { webcrypto } from "node:crypto";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  type JsonGeneralNames,
  SubjectAlternativeNameExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

export const usages = { client: "1.3.6.1.5.5.7.3.2", server: "1.3.6.1.5.5.7.3.1" } as const;

const p256 = { name: "ECDSA", namedCurve: "P-256" } as const;
const signingAlgorithm = { name: "ECDSA", hash: "SHA-256" } as const;
const day = 86_400_000;

export interface TestCertificate {
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly der: Buffer;
}

export interface TestLeaf {
  readonly commonName?: string;
  readonly names?: JsonGeneralNames;
  /** None at all when empty. */
  readonly usages?: readonly string[];
  readonly authority?: boolean;
  readonly algorithm?:
    | { readonly name: "ECDSA"; readonly namedCurve: string }
    | { readonly name: "RSASSA-PKCS1-v1_5"; readonly modulusLength: number };
  readonly notAfter?: Date;
}

/** An authority that issues whatever is asked, also what no good authority would. */
export async function createTestAuthority(
  name: string,
): Promise<TestCertificate & { issue(leaf?: TestLeaf): Promise<TestCertificate> }> {
  const keys = await webcrypto.subtle.generateKey(p256, true, ["sign", "verify"]);
  const authority = await X509CertificateGenerator.createSelfSigned(
    {
      name: `CN=${name}`,
      notBefore: new Date(Date.now() - day),
      notAfter: new Date(Date.now() + day),
      signingAlgorithm,
      keys,
      extensions: [new BasicConstraintsExtension(true, undefined, true)],
    },
    webcrypto,
  );
  return {
    ...(await written(authority, keys.privateKey)),
    async issue(leaf = {}) {
      const { algorithm = p256, names = [], usages: purposes = [usages.client] } = leaf;
      const leafKeys = await generate(algorithm);
      const certificate = await X509CertificateGenerator.create(
        {
          subject: `CN=${leaf.commonName ?? "batch-job"}, O=Example`,
          issuer: authority.subject,
          notBefore: new Date(Date.now() - day),
          notAfter: leaf.notAfter ?? new Date(Date.now() + day),
          signingAlgorithm,
          publicKey: leafKeys.publicKey,
          signingKey: keys.privateKey,
          extensions: [
            new BasicConstraintsExtension(leaf.authority ?? false, undefined, true),
            ...(purposes.length === 0 ? [] : [new ExtendedKeyUsageExtension([...purposes], false)]),
            ...(names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names, false)]),
          ],
        },
        webcrypto,
      );
      return written(certificate, leafKeys.privateKey);
    },
  };
}

function generate(algorithm: NonNullable<TestLeaf["algorithm"]>): Promise<webcrypto.CryptoKeyPair> {
  return algorithm.name === "ECDSA"
    ? webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])
    : webcrypto.subtle.generateKey({ ...algorithm, hash: "SHA-256", publicExponent: new Uint8Array([1, 0, 1]) }, true, [
        "sign",
        "verify",
      ]);
}

async function written(certificate: X509Certificate, key: webcrypto.CryptoKey): Promise<TestCertificate> {
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key)).toString("base64");
  return {
    certificatePem: certificate.toString("pem"),
    keyPem: `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`,
    der: Buffer.from(certificate.rawData),
  };
}
