import { X509Certificate } from "node:crypto";
import { z } from "zod";
import {
  type CertificateAuthorityOptions,
  type CertificateWithKey,
  createSelfSignedCertificate,
  newAuthority,
} from "../network";

/** Certificates and keys of a twin. What was deployed names some of them, so a twin that goes on has to have the same. */
export interface TwinKeys {
  /** Authority behind the twin's own hosts. */
  readonly servers: CertificateWithKey;
  /** Authority of the machine clients. */
  readonly machines: CertificateWithKey;
  /** Certificate that the token broker signs its client assertions with. */
  readonly broker: CertificateWithKey;
}

export const authorities = {
  servers: { name: "Keyless local twin", purpose: "servers" },
  machines: { name: "Keyless local twin: machines", purpose: "clients" },
} as const satisfies Record<string, CertificateAuthorityOptions>;

export async function createTwinKeys(): Promise<TwinKeys> {
  const [servers, machines, { certificatePem, privateKeyPem }] = await Promise.all([
    newAuthority(authorities.servers),
    newAuthority(authorities.machines),
    createSelfSignedCertificate({ commonName: "token-broker" }),
  ]);
  return { servers, machines, broker: { certificatePem, keyPem: privateKeyPem } };
}

const certificateWithKey = z.strictObject({ certificatePem: z.string(), keyPem: z.string() });
const twinKeys = z.strictObject({
  servers: certificateWithKey,
  machines: certificateWithKey,
  broker: certificateWithKey,
});

/** Milliseconds that kept certificates have to be valid for, to be used again: two days. */
const enough = 2 * 86_400_000;

/** Keys out of JSON; undefined where they are none, or run out. @param now real time, in milliseconds since 1970 */
export function readTwinKeys(text: string, now: number): TwinKeys | undefined {
  try {
    const keys = twinKeys.parse(JSON.parse(text));
    const lasting = Object.values(keys).every(
      ({ certificatePem }) => new Date(new X509Certificate(certificatePem).validTo).getTime() > now + enough,
    );
    return lasting ? keys : undefined;
  } catch {
    return undefined;
  }
}
