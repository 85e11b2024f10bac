import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Audit } from "../audit/audit";
import type { PendingLine } from "../audit/audit-trail";
import type { Clock, Instant } from "../clock";
import type { TokenKeeper } from "../keeper/token-keeper";
import type { Listener } from "../listener/listener";
import type { BrokerMetrics } from "../metrics";
import type { PeerIdentity } from "../peer/peer-identity";
import type { Policy } from "../policy/policy";
import type { CountAnswer } from "../request-tally";
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
  readonly #count: CountAnswer;
  #asked: Asked[] = [];
  /** `performance.now()` of the first of them. */
  #began = 0;
  #answered = 0;

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
   * write of the audit.
   *
   * @param onward The whole way.
   */
  answer(request: IncomingMessage, response: Asked["response"], onward: RequestListener): void {
    // Behind a front there is no short way.
    if (this.#tools.listener.sharesConnections) {
      onward(request, response);
      return;
    }
    if (this.#asked.push({ request, response, onward }) > 1) return;
    this.#began = performance.now();
    setImmediate(this.#answerAll);
  }

  readonly #answerAll = (): void => {
    const asked = this.#asked;
    this.#asked = [];
    const { policy, isEnding, issuance } = this.#tools;
    const present = isEnding() ? undefined : policy();
    const now = issuance.clock.now();
    const pending: PendingRead[] = [];
    for (const each of asked) {
      const read = present && this.#read(each, present, now);
      if (read === undefined) each.onward(each.request, each.response);
      else pending.push(read);
    }
    if (pending.length === 0) return;
    issuance.audit.write(pending);
    const seconds = (performance.now() - this.#began) / 1000;
    for (const { isGiven } of pending) if (isGiven) this.#count(seconds);
  };

  #read(asked: Asked, policy: Policy, now: Instant): PendingRead | undefined {
    const { listener, issuance } = this.#tools;
    const { request } = asked;
    const { socket } = request;
    const peer = listener.peerOfConnection(socket, now.wall);
    const known = peer && this.#knownRead(peer, request);
    if (known === undefined || known.granted.policy !== policy) return undefined;
    const kept = issuance.keeper.peek(known.granted.target, now);
    const { remoteAddress } = socket;
    if (kept === undefined || remoteAddress === undefined) return undefined;
    this.#answered += 1;
    return new PendingRead(asked, known.answer(kept, now), remoteAddress, this.#answered);
  }

  #knownRead(peer: PeerIdentity, request: IncomingMessage): KnownRead | undefined {
    const reads = this.#known.get(peer);
    if (reads !== undefined) for (const read of reads) if (read.isSame(request)) return read;
    return undefined;
  }
}

interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse & { req: IncomingMessage };
  /** The whole way. */
  readonly onward: RequestListener;
}

/** A line of the audit on its way, and the answer that waits for it. */
class PendingRead implements PendingLine {
  readonly before: string;
  readonly after: string;
  readonly #asked: Asked;
  readonly #ready: ReadyAnswer;
  isGiven = false;

  constructor(asked: Asked, ready: ReadyAnswer, remoteAddress: string, number: number) {
    this.before = ready.line.before;
    this.after = ready.line.after(remoteAddress, `read-${number}`);
    this.#asked = asked;
    this.#ready = ready;
  }

  settled(error?: Error): void {
    const { request, response, onward } = this.#asked;
    if (error !== undefined) {
      onward(request, response);
      return;
    }
    const { headers, body, encoding } = this.#ready;
    response.writeHead(200, headers);
    response.end(body, encoding);
    this.isGiven = true;
  }
}
