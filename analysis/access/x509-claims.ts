import { X509Certificate } from "node:crypto";

/** Google's limits of a client certificate. Source: cloud.google.com/iam/docs/workload-identity-federation-with-x509-certificates. */
export const longestLeafDays = 390;

/**
 * What a provider's condition and mapping read of a client certificate: serialNumberHex, sha256Fingerprint, subject.dn,
 * issuer.dn, san.dns and san.uri (the first of its kind only). What the certificate lacks is absent.
 * Source: cloud.google.com/iam/docs/workload-identity-federation-with-x509-certificates.
 */
export function x509Claims(certificate: X509Certificate): Readonly<Record<string, unknown>> {
  const san = alternativeNames(certificate.subjectAltName ?? "");
  return {
    serialNumberHex: certificate.serialNumber.toLowerCase(),
    sha256Fingerprint: Buffer.from(certificate.fingerprint256.replaceAll(":", ""), "hex").toString("base64"),
    subject: { dn: distinguishedName(certificate.subject) },
    issuer: { dn: distinguishedName(certificate.issuer) },
    san,
  };
}

/** Whether a chain of anchors vouches for the certificate, and why not. Signature and time of each link are checked. */
export function chainProblem(
  leaf: X509Certificate,
  anchors: readonly string[],
  intermediates: readonly string[],
  now: Date,
): string | undefined {
  const authorities = [...anchors, ...intermediates].flatMap(readAll);
  const trusted = new Set(anchors.flatMap(readAll).map(({ fingerprint256 }) => fingerprint256));
  if (trusted.size === 0) return "the provider's trust anchors are not known before apply";
  let current = leaf;
  for (let depth = 0; depth <= 5; depth += 1) {
    if (now < new Date(current.validFrom) || now > new Date(current.validTo))
      return depth === 0 ? "the certificate is not valid now" : "an authority of its chain is not valid now";
    if (trusted.has(current.fingerprint256)) return undefined;
    const from = current;
    const issuer = authorities.find(
      (authority) => authority.ca && from.checkIssued(authority) && from.verify(authority.publicKey),
    );
    if (issuer === undefined) {
      const namesake = authorities.some((authority) => from.issuer === authority.subject);
      return namesake
        ? "an authority has the name of its issuer but another key: it is of another generation of that authority"
        : "no authority of the trust store has issued it";
    }
    current = issuer;
  }
  return "its chain is longer than 5 certificates";
}

export function lifetimeDays(certificate: X509Certificate): number {
  return (Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)) / 86_400_000;
}

function readAll(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  return blocks.flatMap((block) => {
    try {
      return [new X509Certificate(block)];
    } catch {
      return [];
    }
  });
}

/** Node writes one attribute a line, `CN=name`. The first of each kind counts. */
function distinguishedName(text: string): Readonly<Record<string, string>> {
  const parts = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, name, value] = /^([A-Z]+)=(.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined && !parts.has(name.toLowerCase()))
      parts.set(name.toLowerCase(), value);
  }
  return Object.fromEntries(parts);
}

/** `URI:spiffe://a/b, DNS:c`; a name with a comma or a quote is written as JSON. */
function alternativeNames(text: string): Readonly<Record<string, string>> {
  const found = new Map<string, string>();
  for (const [, kind = "", quoted, plain] of text.matchAll(/(DNS|URI):(?:("(?:[^"\\]|\\.)*")|([^,]*))/g)) {
    const name = kind.toLowerCase();
    if (found.has(name)) continue;
    found.set(name, quoted === undefined ? (plain ?? "") : unquoted(quoted));
  }
  return Object.fromEntries(found);
}

function unquoted(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}
