import type { IncomingMessage, ServerResponse } from "node:http";
import type { Audit } from "../audit/audit";
import type { Clock } from "../clock";
import type { BrokerClient, Grant } from "../config";
import type { TokenTarget } from "../exchange/token-target";
import type { TokenKeeper } from "../keeper/token-keeper";
import type { Listener } from "../listener/listener";
import type { BrokerMetrics } from "../metrics";
import type { PeerIdentity } from "../peer/peer-identity";
import type { Policy } from "../policy/policy";
import { type TokenForm, tokenAnswer, tokenHeaders } from "./token-answer";

export interface RepeatedReadsTools {
  readonly listener: Listener;
  readonly policy: () => Policy;
  readonly issuance: {
    readonly keeper: Pick<TokenKeeper, "peek">;
    readonly audit: Pick<Audit, "repeatedly">;
    readonly clock: Pick<Clock, "now">;
  };
  readonly metrics: BrokerMetrics;
  /** Whether the broker has been told to end. */
  readonly isEnding: () => boolean;
}

export const readEndpoint = "/get_wif_token";

/** What came of a read of a token that was granted without anybody's approval. */
export interface GrantedRead {
  readonly peer: PeerIdentity;
  readonly policy: Policy;
  readonly client: BrokerClient;
  readonly grant: Grant;
  readonly target: TokenTarget;
  readonly form: TokenForm;
}

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
  readonly #known = new WeakMap<PeerIdentity, KnownRead[]>();
  readonly #count: (seconds: number) => void;
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

  /** @param onward The whole way. */
  answer(request: IncomingMessage, response: ServerResponse, onward: () => void): void {
    const began = performance.now();
    const now = new Date(this.#tools.issuance.clock.now().wall);
    const known = this.#knownRead(request, now);
    const kept = known && this.#tools.issuance.keeper.peek(known.granted.target);
    const { remoteAddress } = request.socket;
    if (known === undefined || kept === undefined || remoteAddress === undefined) {
      onward();
      return;
    }
    const requestId = `read-${(this.#answered++).toString(36)}`;
    known.give(kept, now, { requestId, remoteAddress }, (answer) => {
      if (answer === undefined) {
        onward();
        return;
      }
      response.writeHead(200, answer.headers);
      response.end(answer.body);
      this.#count((performance.now() - began) / 1000);
    });
  }

  #knownRead(request: IncomingMessage, now: Date): KnownRead | undefined {
    const { listener, policy, isEnding } = this.#tools;
    if (listener.sharesConnections || isEnding()) return undefined;
    const peer = listener.peerOf(request, now);
    const known = peer.ok ? this.#known.get(peer.peer)?.find((read) => read.isSame(request)) : undefined;
    return known?.granted.policy === policy() ? known : undefined;
  }
}

interface ReadyAnswer {
  readonly token: string;
  readonly remainingSeconds: number;
  /** Names and values in turn. */
  readonly headers: string[];
  readonly body: string;
  readonly audit: ReturnType<Audit["repeatedly"]>;
}

/** A read that has been granted, and its answer as it is during one second. */
class KnownRead {
  readonly granted: GrantedRead;
  readonly #url: string | undefined;
  readonly #rawHeaders: readonly string[];
  readonly #audit: Pick<Audit, "repeatedly">;
  #ready: ReadyAnswer | undefined;

  constructor(request: IncomingMessage, granted: GrantedRead, audit: Pick<Audit, "repeatedly">) {
    this.granted = granted;
    this.#url = request.url;
    this.#rawHeaders = request.rawHeaders;
    this.#audit = audit;
  }

  isSame({ method, url, rawHeaders }: IncomingMessage): boolean {
    const before = this.#rawHeaders;
    if (method !== "GET" || url !== this.#url || rawHeaders.length !== before.length) return false;
    for (let index = 0; index < before.length; index += 1) if (rawHeaders[index] !== before[index]) return false;
    return true;
  }

  /** @param settled Called with the answer once the audit has its line, or with nothing where it has not. */
  give(
    kept: { readonly token: string; readonly tokenSha256: string; readonly remainingSeconds: number },
    now: Date,
    { requestId, remoteAddress }: { readonly requestId: string; readonly remoteAddress: string },
    settled: (answer: Pick<ReadyAnswer, "headers" | "body"> | undefined) => void,
  ): void {
    const { token, remainingSeconds } = kept;
    if (this.#ready?.token !== token || this.#ready.remainingSeconds !== remainingSeconds) {
      this.#ready = this.#makeReady(kept, now);
    }
    const ready = this.#ready;
    ready.audit(requestId, remoteAddress, (error) => settled(error === undefined ? ready : undefined));
  }

  #makeReady(
    kept: { readonly token: string; readonly tokenSha256: string; readonly remainingSeconds: number },
    now: Date,
  ): ReadyAnswer {
    const { token, tokenSha256, remainingSeconds } = kept;
    const { peer, client, grant, target, form } = this.granted;
    const expiresAt = new Date(now.getTime() + remainingSeconds * 1000);
    const body = tokenAnswer({ token, expiresInSeconds: remainingSeconds, expiresAt }, grant, form);
    const headers = Object.entries({ ...tokenHeaders[form], "content-length": String(Buffer.byteLength(body)) }).flat();
    const audited = {
      caller: { kind: "certificate", peer },
      client: client.name,
      account: grant.account,
    } as const;
    const audit = this.#audit.repeatedly(audited, { tokenType: target.kind, tokenSha256, expiresAt });
    return { token, remainingSeconds, headers, body, audit };
  }
}
