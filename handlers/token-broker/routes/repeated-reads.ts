import type { IncomingMessage, RequestListener } from "node:http";
import type { Audit } from "../audit/audit";
import type { Clock, Instant } from "../clock";
import type { TokenKeeper } from "../keeper/token-keeper";
import type { Listener } from "../listener/listener";
import type { BrokerMetrics } from "../metrics";
import type { PeerIdentity } from "../peer/peer-identity";
import type { Policy } from "../policy/policy";
import type { CountAnswers } from "../request-tally";
import { type AskedRead, GrantedReads, type Response } from "./alike-reads";
import { type GrantedRead, KnownRead, type ReadyAnswer } from "./known-read";

export interface RepeatedReadsTools {
  readonly listener: Listener;
  readonly policy: () => Policy;
  readonly issuance: {
    readonly keeper: Pick<TokenKeeper, "peek">;
    readonly audit: Pick<Audit, "repeated" | "write">;
    readonly clock: Pick<Clock, "now">;
  };
  readonly metrics: BrokerMetrics;
  /** Whether the broker has been told to end. */
  readonly isEnding: () => boolean;
}

export const readEndpoint = "/get_wif_token";

/** Fewer reads than these wait for what else has come by now: a line of the audit costs as much as several answers. */
const manyReads = 16;

/** How many reads that differ, as those of different programs do, are remembered for a certificate. */
const readsOfPeer = 4;

/**
 * The short way for a request that has been answered before: the same bytes, of the same certificate, under the same policy.
 * Nothing is decided here. Who the peer is, is asked anew of the listener, which knows of ended certificates and withdrawn
 * authorities; whatever differs from the request before goes the whole way.
 */
export class RepeatedReads {
  readonly #tools: RepeatedReadsTools;
  /** By who the listener says that a peer is: one object for all connections of a certificate. */
  #known = new WeakMap<PeerIdentity, readonly KnownRead[]>();
  readonly #count: CountAnswers;
  #asked: AskedRead[] = [];
  /** `performance.now()` of the first of them. */
  #began = 0;
  #hasLookedAgain = false;

  constructor(tools: RepeatedReadsTools) {
    this.#tools = tools;
    this.#count = tools.metrics.answering(readEndpoint, "issued");
  }

  remember(request: IncomingMessage, granted: GrantedRead): void {
    // Behind a front every request may be another client's.
    if (this.#tools.listener.sharesConnections || granted.grant.approval !== undefined) return;
    const before = (this.#known.get(granted.peer) ?? []).filter((read) => !read.isSame(request));
    const known = new KnownRead(request, granted, this.#tools.issuance.audit);
    this.#known.set(granted.peer, [known, ...before].slice(0, readsOfPeer));
  }

  /** The next read of each certificate goes the whole way: an audit file that is begun anew describes certificates again. */
  forget(): void {
    this.#known = new WeakMap();
  }

  /**
   * Requests that come within one turn of the event loop are looked at together, at its end: one look at the clock, one
   * write of the audit. The first of a connection is not held back: its answer goes out in one piece with the end of the
   * handshake.
   *
   * @param onward The whole way.
   */
  answer(request: IncomingMessage, response: Response, onward: RequestListener): void {
    const { listener } = this.#tools;
    // Behind a front there is no short way.
    if (listener.sharesConnections) {
      onward(request, response);
      return;
    }
    const read = { request, response, onward };
    if (listener.hasJustBegun(request.socket)) {
      this.#answerAll([read], performance.now());
      return;
    }
    if (this.#asked.push(read) > 1) return;
    this.#began = performance.now();
    setImmediate(this.#endTurn);
  }

  readonly #endTurn = (): void => {
    if (this.#asked.length < manyReads && !this.#hasLookedAgain) {
      this.#hasLookedAgain = true;
      setImmediate(this.#endTurn);
      return;
    }
    this.#hasLookedAgain = false;
    const asked = this.#asked;
    this.#asked = [];
    this.#answerAll(asked, this.#began);
  };

  /** @param began `performance.now()` of the first of them. */
  #answerAll(asked: readonly AskedRead[], began: number): void {
    const { policy, isEnding, issuance } = this.#tools;
    const present = isEnding() ? undefined : policy();
    const now = issuance.clock.now();
    const granted = new GrantedReads();
    // Most of them ask for the same.
    let usual: KnownRead | undefined;
    let ready: ReadyAnswer | undefined;
    for (const read of asked) {
      const known = present && this.#knownRead(read.request, present, now.wall);
      if (known !== usual) {
        usual = known;
        ready = known && this.#readyAnswer(known, now);
      }
      const { remoteAddress } = read.request.socket;
      if (ready === undefined || remoteAddress === undefined) read.onward(read.request, read.response);
      else granted.add(read, ready, remoteAddress);
    }
    if (granted.groups.length === 0) return;
    issuance.audit.write(granted.groups);
    const seconds = (performance.now() - began) / 1000;
    for (const { answered } of granted.groups) this.#count(seconds, answered);
  }

  #knownRead(request: IncomingMessage, policy: Policy, wall: number): KnownRead | undefined {
    const peer = this.#tools.listener.peerOfConnection(request.socket, wall);
    const reads = peer && this.#known.get(peer);
    if (reads === undefined) return undefined;
    for (const read of reads) if (read.isSame(request)) return read.granted.policy === policy ? read : undefined;
    return undefined;
  }

  #readyAnswer(known: KnownRead, now: Instant): ReadyAnswer | undefined {
    const kept = this.#tools.issuance.keeper.peek(known.granted.target, now);
    return kept && known.answer(kept, now);
  }
}
