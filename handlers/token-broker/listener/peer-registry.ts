import { hash, type X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import { clientAuthentication, validatePath } from "../peer/certificate-path";
import { identifyPeer, type PeerIdentity, type PeerResult } from "../peer/peer-identity";
import type { ClientTrust } from "./client-trust";
import type { PeerRefusal } from "./listener";

interface Known {
  /** What the client presented, with the rest of its chain behind `issuerCertificate`; undefined when it had none. */
  readonly certificate: X509Certificate | undefined;
  /** Under which the connection's handshake was verified; undefined when that is not sure. */
  trust: ClientTrust | undefined;
  result?: PeerResult<PeerRefusal>;
}

/**
 * How many certificates are remembered: what they say, so that they are not taken apart at every connection, and which are
 * vouched for, so that a resumed session need not bring its chain again.
 */
const remembered = 10_000;

/** Forgets the oldest when there are too many. */
function remember<Value>(memory: Map<string, Value>, key: string, value: Value): void {
  const [oldest] = memory.keys();
  if (memory.size >= remembered && oldest !== undefined) memory.delete(oldest);
  memory.set(key, value);
}

/** Who is on the other side of each connection: found out once, and again when the authorities have changed. */
export class PeerRegistry {
  readonly #connections = new WeakMap<Socket, Known>();
  /** Certificates whose path was validated under the present trust, with the moment at which the path ends. */
  readonly #vouched = new Map<string, Date>();
  /** What good certificates say, by the SHA-256 of their bytes. Their times are looked at with each request. */
  readonly #identities = new Map<string, PeerIdentity>();
  #trust: ClientTrust;

  constructor(trust: ClientTrust) {
    this.#trust = trust;
  }

  get trust(): ClientTrust {
    return this.#trust;
  }

  /** From now on other authorities vouch; connections that are open are asked again at their next request. */
  trustFromNowOn(trust: ClientTrust): void {
    this.#trust = trust;
    this.#vouched.clear();
  }

  /**
   * @param certificate Verified by the handshake. Node gives the chain on the first asking only, and each asking is slow:
   *   it is kept.
   * @param isCurrent Whether the handshake was verified against the present authorities.
   */
  admit(socket: Socket, certificate: X509Certificate | undefined, isCurrent: boolean): void {
    this.#connections.set(socket, { certificate, trust: isCurrent ? this.#trust : undefined });
  }

  /** @param wall Milliseconds since the epoch. */
  peerOf(socket: Socket, wall: number): PeerResult<PeerRefusal> {
    const known = this.#connections.get(socket);
    if (known === undefined) return { ok: false, reason: "certificate_missing" };
    if (known.result === undefined || (known.trust !== this.#trust && known.result.ok)) {
      known.result = this.#identify(known, new Date(wall));
      known.trust = this.#trust;
    }
    const { result } = known;
    // Read once, but a connection may outlive its certificate.
    return result.ok && wall > result.peer.notAfter.getTime() ? { ok: false, reason: "certificate_expired" } : result;
  }

  #identify({ certificate, trust }: Known, now: Date): PeerResult<PeerRefusal> {
    if (certificate === undefined) return { ok: false, reason: "certificate_missing" };
    const result = this.#read(certificate, now);
    if (!result.ok) return result;
    const isVerified = trust === this.#trust && !(this.#trust.hasBundles && result.peer.spiffeId !== undefined);
    return isVerified ? result : this.#vouchFor(certificate, result.peer, now);
  }

  #read(certificate: X509Certificate, now: Date): PeerResult {
    const { raw } = certificate;
    const key = hash("sha256", raw, "hex");
    const known = this.#identities.get(key);
    if (known !== undefined) return { ok: true, peer: known };
    const result = identifyPeer(raw, now, certificate);
    if (result.ok) remember(this.#identities, key, result.peer);
    return result;
  }

  #vouchFor(certificate: X509Certificate, peer: PeerIdentity, now: Date): PeerResult<PeerRefusal> {
    const { sha256Fingerprint, spiffeId } = peer;
    const end = this.#vouched.get(sha256Fingerprint);
    if (end !== undefined && now <= end) return { ok: true, peer };
    const path = validatePath({
      leaf: certificate.raw,
      intermediates: restOfChain(certificate),
      anchors: this.#trust.anchorsFor(spiffeId),
      now,
      purpose: clientAuthentication,
    });
    if (!path.ok) {
      const isOfDomain = this.#trust.hasBundles && spiffeId !== undefined;
      return { ok: false, reason: isOfDomain ? "certificate_trust_domain" : "certificate_chain_not_verified" };
    }
    remember(this.#vouched, sha256Fingerprint, path.notAfter);
    return { ok: true, peer };
  }
}

/** More than the longest path that is looked for. */
const longestChain = 10;

function restOfChain(certificate: X509Certificate): readonly Buffer[] {
  const chain: Buffer[] = [];
  let next = certificate.issuerCertificate;
  while (next !== undefined && chain.length < longestChain) {
    chain.push(next.raw);
    next = next.issuerCertificate;
  }
  return chain;
}
