import type { X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { clientAuthentication, validatePath } from "../peer/certificate-path";
import { identifyPeer, type PeerIdentity, type PeerResult } from "../peer/peer-identity";
import type { ClientTrust } from "./client-trust";
import type { PeerRefusal } from "./listener";

/**
 * A certificate that clients presented, in bytes: objects of OpenSSL's outlive their connections, and are then collected by
 * the thousand.
 */
interface Presented {
  readonly leaf: Buffer;
  /** The rest of the chain, as it came with the leaf the first time. */
  readonly chain: readonly Buffer[];
  /** What the leaf says, once it was found good. Its times are looked at with each request. */
  peer?: PeerIdentity;
  /** By whom its path was validated, and when the path ends: a resumed session does not bring its chain again. */
  vouched?: { readonly by: ClientTrust; readonly until: Date };
}

interface Known {
  /** Undefined when the client had no certificate. */
  readonly presented: Presented | undefined;
  /** Under which the connection's handshake was verified; undefined when that is not sure. */
  trust: ClientTrust | undefined;
  result?: PeerResult<PeerRefusal>;
}

/** How many certificates are remembered, so that they are not taken apart at every connection. */
const remembered = 10_000;

/** Who is on the other side of each connection: found out once, and again when the authorities have changed. */
export class PeerRegistry {
  readonly #connections = new WeakMap<Socket, Known>();
  /** By the leaf's fingerprint, the oldest first. */
  readonly #presented = new Map<string, Presented>();
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
  }

  /**
   * @param fingerprint Of the certificate that the handshake verified, as Node writes it; undefined when there was none.
   * @param isCurrent Whether the handshake was verified against the present authorities.
   */
  admit(socket: TLSSocket, fingerprint: string | undefined, isCurrent: boolean): void {
    const presented = fingerprint === undefined ? undefined : this.#presentedOn(socket, fingerprint);
    this.#connections.set(socket, { presented, trust: isCurrent ? this.#trust : undefined });
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

  /** Node is asked once a certificate, for it parses the whole chain again; and anew while nobody of bundles vouches. */
  #presentedOn(socket: TLSSocket, fingerprint: string): Presented | undefined {
    const known = this.#presented.get(fingerprint);
    const isSettled = !this.#trust.hasBundles || known?.vouched?.by === this.#trust || socket.isSessionReused();
    if (known !== undefined && isSettled) return known;
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) return undefined;
    const presented = { leaf: certificate.raw, chain: restOfChain(certificate) };
    const [oldest] = this.#presented.keys();
    if (this.#presented.size >= remembered && oldest !== undefined) this.#presented.delete(oldest);
    this.#presented.set(fingerprint, presented);
    return presented;
  }

  #identify({ presented, trust }: Known, now: Date): PeerResult<PeerRefusal> {
    if (presented === undefined) return { ok: false, reason: "certificate_missing" };
    if (presented.peer === undefined) {
      const result = identifyPeer(presented.leaf, now);
      if (!result.ok) return result;
      presented.peer = result.peer;
    }
    const { peer } = presented;
    const isVerified = trust === this.#trust && !(this.#trust.hasBundles && peer.spiffeId !== undefined);
    return isVerified ? { ok: true, peer } : this.#vouchFor(presented, peer, now);
  }

  #vouchFor(presented: Presented, peer: PeerIdentity, now: Date): PeerResult<PeerRefusal> {
    const { leaf, chain, vouched } = presented;
    if (vouched?.by === this.#trust && now <= vouched.until) return { ok: true, peer };
    const path = validatePath({
      leaf,
      intermediates: chain,
      anchors: this.#trust.anchorsFor(peer.spiffeId),
      now,
      purpose: clientAuthentication,
    });
    if (!path.ok) {
      const isOfDomain = this.#trust.hasBundles && peer.spiffeId !== undefined;
      return { ok: false, reason: isOfDomain ? "certificate_trust_domain" : "certificate_chain_not_verified" };
    }
    presented.vouched = { by: this.#trust, until: path.notAfter };
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
