import { X509Certificate } from "node:crypto";
import {
  basicConstraintsOf,
  type Certificate,
  extendedKeyUsageOf,
  extensionIds,
  keyUsageBit,
  keyUsageOf,
  parseCertificate,
} from "./certificate";
import { DerError } from "./der";
import { mayName } from "./name-constraints";

/** Why no path leads from a certificate to an authority, or why none of those that do is good. */
export type PathRefusal =
  | "malformed"
  | "no_path"
  | "expired"
  | "not_yet_valid"
  | "not_an_authority"
  | "path_too_long"
  | "name_constraints"
  | "unknown_critical_extension"
  | "weak_key"
  | "purpose";

export type PathResult =
  | { readonly ok: true; readonly anchor: X509Certificate; readonly notAfter: Date }
  | { readonly ok: false; readonly reason: PathRefusal };

export interface PathInput {
  readonly leaf: Uint8Array;
  /** What the peer presented beside its leaf, in any order. */
  readonly intermediates: readonly Uint8Array[];
  readonly anchors: readonly X509Certificate[];
  readonly now: Date;
  /** Object identifier of the extended key usage that authorities, where they limit it, must allow. */
  readonly purpose: string;
}

export const clientAuthentication = "1.3.6.1.5.5.7.3.2";
const anyExtendedKeyUsage = "2.5.29.37.0";

/** Bounds on what a peer can make the search cost. */
const limits = { intermediates: 8, depth: 6, signatures: 24 } as const;

/** Critical extensions that are processed here, or by who checks the leaf. */
const processed: ReadonlySet<string> = new Set([
  extensionIds.keyUsage,
  extensionIds.subjectAltName,
  extensionIds.basicConstraints,
  extensionIds.certificatePolicies,
  extensionIds.extendedKeyUsage,
  extensionIds.nameConstraints,
]);

interface Link {
  readonly certificate: Certificate;
  readonly x509: X509Certificate;
}

/**
 * Looks for a path from the leaf to one of the anchors and validates it: signatures, times, authority bit, path length,
 * key usage, purpose, name constraints, critical extensions, key sizes. What it does not process it refuses.
 * The names and usages of the leaf itself are the caller's matter.
 *
 * Node's TLS verifies against one list of authorities; this is for the questions that need another list: the bundle of one
 * trust domain alone, and a connection that is older than the list. Source: RFC 5280 §6.1; X509-SVID §5.
 */
export function validatePath({ leaf, intermediates, anchors, now, purpose }: PathInput): PathResult {
  const search = new PathSearch(anchors, now, purpose);
  return search.run(leaf, intermediates);
}

class PathSearch {
  readonly #anchors: readonly X509Certificate[];
  readonly #now: Date;
  readonly #purpose: string;
  #signatures = 0;
  /** The fault of the path that came furthest. */
  #fault: PathRefusal = "no_path";

  constructor(anchors: readonly X509Certificate[], now: Date, purpose: string) {
    this.#anchors = anchors;
    this.#now = now;
    this.#purpose = purpose;
  }

  run(leaf: Uint8Array, presented: readonly Uint8Array[]): PathResult {
    if (presented.length > limits.intermediates) return { ok: false, reason: "path_too_long" };
    try {
      const start = readLink(leaf);
      const fault = this.#faultOfPresented(start) ?? faultOfLeaf(start);
      if (fault !== undefined) return { ok: false, reason: fault };
      const candidates = presented.filter((der) => Buffer.compare(der, leaf) !== 0).map(readLink);
      const anchors = this.#anchors.flatMap(readAnchor);
      return this.#extend([start], candidates, anchors) ?? { ok: false, reason: this.#fault };
    } catch (error) {
      if (error instanceof DerError) return { ok: false, reason: "malformed" };
      throw error;
    }
  }

  #extend(path: readonly Link[], candidates: readonly Link[], anchors: readonly Link[]): PathResult | undefined {
    const last = path.at(-1);
    if (last === undefined || path.length > limits.depth) return undefined;
    for (const anchor of anchors) {
      if (!this.#hasSigned(anchor, last)) continue;
      const fault = this.#faultOfAuthority(anchor, path.length - 1, path);
      if (fault === undefined) return { ok: true, anchor: anchor.x509, notAfter: earliestEnd([...path, anchor]) };
      this.#fault = fault;
    }
    for (const candidate of candidates) {
      if (!this.#hasSigned(candidate, last)) continue;
      const fault = this.#faultOfPresented(candidate) ?? this.#faultOfAuthority(candidate, path.length - 1, path);
      if (fault !== undefined) {
        this.#fault = fault;
        continue;
      }
      const rest = candidates.filter((other) => other !== candidate);
      const found = this.#extend([...path, candidate], rest, anchors);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #hasSigned(issuer: Link, subject: Link): boolean {
    if (Buffer.compare(issuer.certificate.subject, subject.certificate.issuer) !== 0) return false;
    // A self-signed certificate is no proof of itself.
    if (Buffer.compare(issuer.certificate.der, subject.certificate.der) === 0) return false;
    if (++this.#signatures > limits.signatures) return false;
    try {
      return subject.x509.verify(issuer.x509.publicKey);
    } catch {
      return false;
    }
  }

  /** @param below The path so far, from the leaf to what this authority has signed. */
  #faultOfAuthority(authority: Link, between: number, below: readonly Link[]): PathRefusal | undefined {
    const { certificate } = authority;
    const fault = this.#faultOfAny(authority);
    if (fault !== undefined) return fault;
    const { isCa, pathLength } = basicConstraintsOf(certificate);
    if (!isCa) return "not_an_authority";
    // An authority without key usage may sign by RFC 5280 §6.1.4 (n), and must not exist by §4.2.1.3: roots of old do.
    if (keyUsageOf(certificate)?.has(keyUsageBit.keyCertSign) === false) return "not_an_authority";
    const selfIssued = below.slice(1).filter((link) => isSelfIssued(link.certificate));
    if (pathLength !== undefined && between - selfIssued.length > pathLength) return "path_too_long";
    const purposes = extendedKeyUsageOf(certificate);
    if (purposes !== undefined && !purposes.includes(this.#purpose) && !purposes.includes(anyExtendedKeyUsage)) {
      return "purpose";
    }
    const isNamed = ({ certificate: named }: Link, index: number) =>
      (index > 0 && isSelfIssued(named)) || mayName(certificate, named);
    return below.every(isNamed) ? undefined : "name_constraints";
  }

  /** An anchor is trusted by configuration and need not be so: well-known roots have the serial number 0. */
  #faultOfPresented(link: Link): PathRefusal | undefined {
    const { certificate } = link;
    return certificate.version === 3 && hasGoodSerialNumber(certificate) ? this.#faultOfAny(link) : "malformed";
  }

  #faultOfAny({ certificate, x509 }: Link): PathRefusal | undefined {
    if (!certificate.hasOneAlgorithm) return "malformed";
    if (this.#now < certificate.notBefore) return "not_yet_valid";
    if (this.#now > certificate.notAfter) return "expired";
    for (const [id, { critical }] of certificate.extensions) {
      if (critical && !processed.has(id)) return "unknown_critical_extension";
    }
    return hasGoodKey(x509) ? undefined : "weak_key";
  }
}

const isSelfIssued = ({ subject, issuer }: Certificate): boolean => Buffer.compare(subject, issuer) === 0;

/** RFC 5280 §4.2.1.10: only authorities have constraints to hand on. */
const faultOfLeaf = ({ certificate: { extensions } }: Link): PathRefusal | undefined =>
  extensions.has(extensionIds.nameConstraints) ? "name_constraints" : undefined;

function readLink(der: Uint8Array): Link {
  const certificate = parseCertificate(der);
  try {
    return { certificate, x509: new X509Certificate(der) };
  } catch {
    throw new DerError("not a certificate");
  }
}

/** An anchor that cannot be read anchors nothing, and is no fault of the peer's. */
function readAnchor(x509: X509Certificate): readonly Link[] {
  try {
    return [{ certificate: parseCertificate(x509.raw), x509 }];
  } catch (error) {
    if (error instanceof DerError) return [];
    throw error;
  }
}

/** RFC 5280 §4.1.2.2: positive, at most 20 octets. */
const hasGoodSerialNumber = ({ serialNumber }: Certificate): boolean =>
  serialNumber.length >= 1 &&
  serialNumber.length <= 20 &&
  (serialNumber[0] ?? 0x80) < 0x80 &&
  serialNumber.some((byte) => byte !== 0);

const goodCurves: ReadonlySet<string> = new Set(["prime256v1", "secp384r1", "secp521r1"]);

function hasGoodKey(x509: X509Certificate): boolean {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = x509.publicKey;
    if (asymmetricKeyType === "ec") return goodCurves.has(asymmetricKeyDetails?.namedCurve ?? "");
    if (asymmetricKeyType === "rsa" || asymmetricKeyType === "rsa-pss") {
      return (asymmetricKeyDetails?.modulusLength ?? 0) >= 2048;
    }
    return asymmetricKeyType === "ed25519";
  } catch {
    return false;
  }
}

const earliestEnd = (path: readonly Link[]): Date =>
  new Date(Math.min(...path.map(({ certificate }) => certificate.notAfter.getTime())));
