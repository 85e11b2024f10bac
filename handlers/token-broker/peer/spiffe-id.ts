/**
 * The path part of the SPIFFE ID grammar: segments of letters, digits, '.', '_' and '-', none empty, "." or "..".
 * A SPIFFE ID is never given to the URL class, which would normalise dots, percent signs and case.
 * Source: SPIFFE-ID §2.
 */
const segment = /^[A-Za-z0-9._-]+$/;
const trustDomain = /^[a-z0-9._-]{1,255}$/;
const maximumBytes = 2048;

/**
 * Whether the text is the SPIFFE ID of a workload: scheme and trust domain in lower case, and a path, which an
 * X.509-SVID leaf must have (X509-SVID §4.1).
 */
export function isWorkloadSpiffeId(text: string): boolean {
  if (text.length > maximumBytes || !text.startsWith("spiffe://")) return false;
  const [domain, ...segments] = text.slice("spiffe://".length).split("/");
  return (
    domain !== undefined &&
    trustDomain.test(domain) &&
    segments.length > 0 &&
    segments.every((part) => segment.test(part) && part !== "." && part !== "..")
  );
}

/** The trust domain of a SPIFFE ID that {@link isWorkloadSpiffeId} has accepted. */
export const trustDomainOf = (spiffeId: string): string => spiffeId.slice("spiffe://".length).split("/", 1)[0] ?? "";

export const isTrustDomainName = (text: string): boolean => trustDomain.test(text);
