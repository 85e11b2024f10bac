import { X509Certificate } from "node:crypto";
import type { IamWorkloadIdentityPoolProviderX509 } from "@cdktf/provider-google/lib/iam-workload-identity-pool-provider";
import { federationLimits } from "../../facts/federation-limits";
import { type ConstructPlace, PropertyError, requireProperty } from "./property-error";
import { isReference } from "./reference";

export interface TrustStoreProps {
  /** Certificates of the authorities that certify workloads, each as PEM, or references to variables that hold one. */
  readonly trustAnchors: readonly string[];
  /** Certificates between an anchor and the leaves, where workloads do not send them. */
  readonly intermediates?: readonly string[] | undefined;
}

/**
 * A trust store as a provider takes it.
 * Source: cloud.google.com/iam/docs/workload-identity-federation-with-x509-certificates.
 *
 * @throws PropertyError for no anchor or too many, a private key, a certificate that is not an authority's, or a key that Google refuses
 */
export function trustStore(
  place: ConstructPlace,
  { trustAnchors, intermediates = [] }: TrustStoreProps,
): IamWorkloadIdentityPoolProviderX509 {
  const few = trustAnchors.length >= 1 && trustAnchors.length <= federationLimits.trustAnchors;
  const anchorRule = `expected 1 to ${federationLimits.trustAnchors} certificates`;
  requireProperty(place, "trustAnchors", `${trustAnchors.length} certificates`, few, anchorRule);
  const fewBetween = intermediates.length <= federationLimits.intermediates;
  const betweenRule = `expected at most ${federationLimits.intermediates} certificates`;
  requireProperty(place, "intermediates", `${intermediates.length} certificates`, fewBetween, betweenRule);
  const entry = (property: string) => (pem: string) => ({ pemCertificate: authorityPem(place, property, pem) });
  return {
    trustStore: {
      trustAnchors: trustAnchors.map(entry("trustAnchors")),
      ...(intermediates.length > 0 && { intermediateCas: intermediates.map(entry("intermediates")) }),
    },
  };
}

/** The certificate alone: what else stands in the text, such as a key or comments, is refused or left out. */
function authorityPem(place: ConstructPlace, property: string, pem: string): string {
  if (isReference(pem)) return pem;
  const refuse = (rule: string): never => {
    throw new PropertyError(place.node.path, property, "a PEM text", rule);
  };
  if (/PRIVATE KEY/.test(pem)) return refuse("it holds a private key; give the certificate alone");
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g) ?? [];
  const [block] = blocks;
  if (block === undefined || blocks.length !== 1) return refuse("expected one certificate, as PEM");
  const limit = federationLimits.certificateBytes;
  if (Buffer.byteLength(block) > limit) return refuse(`expected at most ${limit} bytes`);
  const certificate = parsed(block) ?? refuse("expected a certificate (RFC 5280), as PEM");
  if (!certificate.ca) return refuse("expected the certificate of an authority, with the CA flag of RFC 5280 §4.2.1.9");
  if (!hasAcceptedKey(certificate)) return refuse("expected an RSA key of 2048 to 4096 bits, or EC P-256 or P-384");
  return `${block}\n`;
}

function parsed(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

function hasAcceptedKey({ publicKey: { asymmetricKeyType, asymmetricKeyDetails } }: X509Certificate): boolean {
  const { modulusLength = 0, namedCurve = "" } = asymmetricKeyDetails ?? {};
  if (asymmetricKeyType === "rsa") return modulusLength >= 2048 && modulusLength <= 4096;
  return asymmetricKeyType === "ec" && ["prime256v1", "secp384r1"].includes(namedCurve);
}
