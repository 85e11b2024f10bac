import { X509Certificate } from "node:crypto";
import { tokenExchangeErrors } from "../../facts/token-exchange";
import { lifetimeDays, longestLeafDays, x509Claims } from "../access/x509-claims";
import type { CredentialFault, ReadCredential } from "./credential";

/** Reads a client certificate, the first of a PEM file, as a provider with a trust store sees it. */
export function readCertificate(pem: string, now: Date): ReadCredential {
  const [block] = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]{1,65536}?-----END CERTIFICATE-----/) ?? [];
  const certificate = block === undefined ? undefined : parse(block);
  if (certificate === undefined)
    return { ok: false, error: tokenExchangeErrors.unparsable(), problem: "it is no PEM certificate" };
  return {
    ok: true,
    credential: { kind: "x509", claims: x509Claims(certificate) },
    faults: faultsOf(certificate, now),
  };
}

function faultsOf(certificate: X509Certificate, now: Date): readonly CredentialFault[] {
  const error = tokenExchangeErrors.badSignature();
  const faults: CredentialFault[] = [];
  if (now > new Date(certificate.validTo)) faults.push({ error, explanation: "The certificate has ended." });
  if (now < new Date(certificate.validFrom)) faults.push({ error, explanation: "The certificate is not valid yet." });
  if (certificate.ca) faults.push({ error, explanation: "It is the certificate of an authority, not of a client." });
  if (lifetimeDays(certificate) > longestLeafDays)
    faults.push({ error, explanation: `It is made for more than ${longestLeafDays} days, which Google refuses.` });
  return faults;
}

function parse(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
