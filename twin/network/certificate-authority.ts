import "reflect-metadata";
import { createPrivateKey, webcrypto } from "node:crypto";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  type JsonGeneralNames,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { certificateValidity, newSerialNumber } from "./certificate-fields";
import { type CertificateWithKey, privateKeyPem } from "./certificate-files";
import { localhostNameConstraints } from "./name-constraints";

const crypto = webcrypto;
const keyAlgorithm = { name: "ECDSA", namedCurve: "P-256" } as const;
const signingAlgorithm = { name: "ECDSA", hash: "SHA-256" } as const;
const day = 86_400_000;
const authorityLifetime = 30 * day;
/** Below the days after which browsers stop accepting a server certificate, and no longer than a demonstration lasts. */
const leafLifetime = 7 * day;

/** What the certificates of an authority are for; it can issue no others. */
export type CertificatePurpose = "servers" | "clients";

export interface CertificateAuthorityOptions {
  /** Common name of the authority. */
  readonly name: string;
  /**
   * `servers`: the authority is constrained to `localhost` and the names below it (RFC 5280 §4.2.1.10), so that whoever
   * trusts it in a browser trusts it for nothing else. `clients`: identities of machines, for mutual TLS.
   */
  readonly purpose: CertificatePurpose;
  /** Further parts of the subject, as RFC 4514 writes them: `"O=AILab, OU=Platform"`. */
  readonly subject?: string;
}

export interface ClientCertificateRequest {
  readonly commonName: string;
  /** URI subject alternative names, such as a SPIFFE id. */
  readonly uris?: readonly string[];
  readonly dnsNames?: readonly string[];
  /** Start and end in real time; by default from an hour ago for seven days. */
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** A certificate authority; its key cannot be taken out of it. */
export interface CertificateAuthority {
  readonly purpose: CertificatePurpose;
  readonly certificatePem: string;
  /**
   * Certificate for a TLS server.
   * @throws TypeError when the authority is not for servers, or a name is not below localhost.
   */
  issueServer(dnsNames: readonly string[]): Promise<CertificateWithKey>;
  /**
   * Certificate for a TLS client.
   * @throws TypeError when the authority is not for clients.
   */
  issueClient(request: ClientCertificateRequest): Promise<CertificateWithKey>;
}

/** Makes a new authority with an EC P-256 key, valid for thirty days of real time (OpenSSL does not follow the twin's clock). */
export async function createCertificateAuthority(options: CertificateAuthorityOptions): Promise<CertificateAuthority> {
  return openCertificateAuthority(options, await newAuthority(options));
}

/** Certificate and key of a new authority, for who keeps them and opens the authority later. */
export async function newAuthority({
  name,
  purpose,
  subject = "",
}: CertificateAuthorityOptions): Promise<CertificateWithKey> {
  const keys = await crypto.subtle.generateKey(keyAlgorithm, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: newSerialNumber(),
      name: [...new Name(subject).toJSON(), { CN: [name] }],
      ...certificateValidity(authorityLifetime),
      signingAlgorithm,
      keys,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        new ExtendedKeyUsageExtension([usageOf(purpose)], false),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto),
        ...(purpose === "servers" ? [new Extension(localhostNameConstraints())] : []),
      ],
    },
    crypto,
  );
  return { certificatePem: certificate.toString("pem"), keyPem: await privateKeyPem(keys.privateKey) };
}

/** The authority of a certificate and key that `newAuthority` made with the same options. */
export async function openCertificateAuthority(
  options: Pick<CertificateAuthorityOptions, "name" | "purpose">,
  { certificatePem, keyPem }: CertificateWithKey,
): Promise<CertificateAuthority> {
  const { purpose } = options;
  const usage = usageOf(purpose);
  const authority = new X509Certificate(certificatePem);
  const publicKey = await authority.publicKey.export(crypto);
  const pkcs8 = createPrivateKey(keyPem).export({ type: "pkcs8", format: "der" });
  const signingKey = await crypto.subtle.importKey("pkcs8", pkcs8, keyAlgorithm, false, ["sign"]);

  const issue = async (
    leafCommonName: string,
    names: JsonGeneralNames,
    validity: { notBefore: Date; notAfter: Date },
  ): Promise<CertificateWithKey> => {
    const leafKeys = await crypto.subtle.generateKey(keyAlgorithm, true, ["sign", "verify"]);
    const leaf = await X509CertificateGenerator.create(
      {
        serialNumber: newSerialNumber(),
        subject: [{ CN: [leafCommonName] }],
        issuer: authority.subjectName.toJSON(),
        ...validity,
        signingAlgorithm,
        publicKey: leafKeys.publicKey,
        signingKey,
        extensions: [
          new BasicConstraintsExtension(false, undefined, true),
          new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
          new ExtendedKeyUsageExtension([usage], false),
          await SubjectKeyIdentifierExtension.create(leafKeys.publicKey, false, crypto),
          await AuthorityKeyIdentifierExtension.create(publicKey, false, crypto),
          ...(names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names, false)]),
        ],
      },
      crypto,
    );
    return { certificatePem: leaf.toString("pem"), keyPem: await privateKeyPem(leafKeys.privateKey) };
  };
  const require = (needed: CertificatePurpose) => {
    if (purpose !== needed) {
      throw new TypeError(`The authority "${options.name}" is for ${purpose}, not for ${needed}.`);
    }
  };

  return {
    purpose,
    certificatePem,
    async issueServer(dnsNames) {
      require("servers");
      const stranger = dnsNames.find((name) => !/^([a-z0-9_-]+\.)*localhost$/.test(name));
      if (stranger !== undefined || dnsNames.length === 0) {
        throw new TypeError(`expected names below localhost, got ${JSON.stringify(stranger ?? dnsNames)}`);
      }
      // A common name holds 64 characters, fewer than a host name may have; clients read the alternative names.
      return issue(
        "Keyless local twin",
        dnsNames.map((value) => ({ type: "dns" as const, value })),
        certificateValidity(leafLifetime),
      );
    },
    async issueClient(request) {
      require("clients");
      const standard = certificateValidity(leafLifetime);
      return issue(
        request.commonName,
        [
          ...(request.uris ?? []).map((value) => ({ type: "url" as const, value })),
          ...(request.dnsNames ?? []).map((value) => ({ type: "dns" as const, value })),
        ],
        { notBefore: request.notBefore ?? standard.notBefore, notAfter: request.notAfter ?? standard.notAfter },
      );
    },
  };
}

const usageOf = (purpose: CertificatePurpose): ExtendedKeyUsage =>
  purpose === "servers" ? ExtendedKeyUsage.serverAuth : ExtendedKeyUsage.clientAuth;
