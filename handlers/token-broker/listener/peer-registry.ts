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
  /** By whom its path was validated, and when it ends, in milliseconds since the epoch: a resumed session brings no chain. */
  vouched?: { readonly by: ClientTrust; readonly until: number };
}

interface Known {
  /** Undefined when the client had no certificate. */
  readonly presented: Presented | undefined;
  /** Under which the connection's handshake was verified; undefined when that is not sure. */
  trust: ClientTrust | undefined;
  result?: PeerResult<PeerRefusal>;
  /** Milliseconds since the epoch at which the path that was validated ends. */
  until?: number | undefined;
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
    const presented = fingerprint === undefined ? undefined : this.#presentedOn(socket, fingerprint, isCurrent);
    this.#connections.set(socket, { presented, trust: isCurrent ? this.#trust : undefined });
  }

  /** @param wall Milliseconds since the epoch. */
  peerOf(socket: Socket, wall: number): PeerResult<PeerRefusal> {
    const known = this.#connections.get(socket);
    if (known === undefined) return { ok: false, reason: "certificate_missing" };
    const { until = Number.POSITIVE_INFINITY } = known;
    if (known.result === undefined || (known.result.ok && (known.trust !== this.#trust || wall > until))) {
      known.result = this.#identify(known, wall);
      known.trust = this.#trust;
    }
    const { result } = known;
    // Read once, but a connection may outlive its certificate.
    return result.ok && wall > result.peer.notAfter.getTime() ? { ok: false, reason: "certificate_expired" } : result;
  }

  /**
   * Node is asked once a certificate, for it parses the whole chain again; and for each connection whose chain must lead to
   * an authority by what it brought itself.
   */
  #presentedOn(socket: TLSSocket, fingerprint: string, isCurrent: boolean): Presented | undefined {
    const known = this.#presented.get(fingerprint);
    const isResumed = socket.isSessionReused();
    const isSettled = isResumed || (isCurrent && !this.#trust.hasBundles) || this.#isVouchedFor(known, Date.now());
    if (known !== undefined && isSettled) return known;
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) return undefined;
    const presented = { leaf: certificate.raw, chain: restOfChain(certificate) };
    // A session that is resumed brings no chain, and would take it from those that do.
    if (!isResumed) this.#remember(fingerprint, presented);
    return presented;
  }

  /** Forgets the oldest when there are too many. */
  #remember(fingerprint: string, presented: Presented): void {
    this.#presented.delete(fingerprint);
    const [oldest] = this.#presented.keys();
    if (this.#presented.size >= remembered && oldest !== undefined) this.#presented.delete(oldest);
    this.#presented.set(fingerprint, presented);
  }

  #isVouchedFor(presented: Presented | undefined, wall: number): boolean {
    const vouched = presented?.vouched;
    return vouched?.by === this.#trust && wall <= vouched.until;
  }

  #identify(known: Known, wall: number): PeerResult<PeerRefusal> {
    const { presented, trust } = known;
    if (presented === undefined) return { ok: false, reason: "certificate_missing" };
    if (presented.peer === undefined) {
      const result = identifyPeer(presented.leaf, new Date(wall));
      if (!result.ok) return result;
      presented.peer = result.peer;
    }
    const { peer } = presented;
    // The handshake knows one list only: where there are bundles, it has let any of them vouch for any name.
    if (trust === this.#trust && !this.#trust.hasBundles) return { ok: true, peer };
    if (!this.#isVouchedFor(presented, wall)) {
      const reason = this.#refusalOf(presented, peer, wall);
      if (reason !== undefined) return { ok: false, reason };
    }
    known.until = presented.vouched?.until;
    return { ok: true, peer };
  }

  /** @returns Nothing when the trust that is due vouches for it, which is then remembered. */
  #refusalOf(presented: Presented, { spiffeId }: PeerIdentity, wall: number): PeerRefusal | undefined {
    const path = validatePath({
      leaf: presented.leaf,
      intermediates: presented.chain,
      anchors: this.#trust.anchorsFor(spiffeId),
      now: new Date(wall),
      purpose: clientAuthentication,
    });
    if (path.ok) {
      presented.vouched = { by: this.#trust, until: path.notAfter.getTime() };
      return undefined;
    }
    // The next connection is judged by the chain that it brings.
    delete presented.vouched;
    return this.#trust.hasBundles && spiffeId !== undefined
      ? "certificate_trust_domain"
      : "certificate_chain_not_verified";
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
