import { X509Certificate } from "node:crypto";
import { z } from "zod";
import { chainProblem, type ExternalCredential, readCertificate } from "../../analysis";
import { federationLimits } from "../../facts/federation-limits";
import { type TokenExchangeError, tokenExchangeErrors } from "../../facts/token-exchange";

/** Certificates in DER, as base64: the leaf first, then what stands between it and an anchor. */
const chain = z.array(z.base64().max(federationLimits.certificateBytes)).min(1).max(5);

export type ClientCertificateCheck =
  | { readonly genuine: true; readonly credential: ExternalCredential; readonly expiresAt: Date }
  | { readonly genuine: false; readonly error: TokenExchangeError; readonly explanation: string };

/**
 * Whether a certificate is the client's own and one that a trust store vouches for.
 * Source: cloud.google.com/iam/docs/workload-identity-federation-with-x509-certificates.
 *
 * @param subjectToken JSON list of certificates; who has only read one of them has not its key, so the first must be the peer's
 * @param store the provider's; undefined where the audience names no provider with one, which the analysis then refuses
 */
export function checkClientCertificate(
  subjectToken: string,
  peer: X509Certificate,
  store: { readonly trustAnchors: readonly string[]; readonly intermediates: readonly string[] } | undefined,
): ClientCertificateCheck {
  const refused = (error: TokenExchangeError, explanation: string): ClientCertificateCheck => ({
    genuine: false,
    error,
    explanation,
  });
  const certificates = certificatesOf(subjectToken);
  const [leaf, ...between] = certificates ?? [];
  if (leaf === undefined)
    return refused(tokenExchangeErrors.unparsable(), "The subject token is not a JSON list of certificates in base64.");
  const forged = tokenExchangeErrors.badSignature();
  if (!leaf.raw.equals(peer.raw))
    return refused(forged, "The first certificate is not the one that the client used for the connection.");
  const now = new Date();
  const read = readCertificate(leaf.toString(), now);
  if (!read.ok) return refused(read.error, read.problem);
  const [fault] = read.faults;
  if (fault !== undefined) return refused(fault.error, fault.explanation);
  if (store !== undefined) {
    const intermediates = [...store.intermediates, ...between.map((certificate) => certificate.toString())];
    const problem = chainProblem(leaf, store.trustAnchors, intermediates, now);
    if (problem !== undefined) return refused(forged, `The trust store does not vouch for it: ${problem}.`);
  }
  return { genuine: true, credential: read.credential, expiresAt: new Date(leaf.validTo) };
}

function certificatesOf(subjectToken: string): readonly X509Certificate[] | undefined {
  try {
    const parsed = chain.safeParse(JSON.parse(subjectToken));
    return parsed.data?.map((der) => new X509Certificate(Buffer.from(der, "base64")));
  } catch {
    return undefined;
  }
}
