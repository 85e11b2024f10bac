import type { IncomingMessage } from "node:http";
import type { Audit } from "../audit/audit";
import type { OpenForm } from "../audit/audit-chain";
import type { Instant } from "../clock";
import type { BrokerClient, Grant } from "../config";
import type { TokenTarget } from "../exchange/token-target";
import type { PeerIdentity } from "../peer/peer-identity";
import type { Policy } from "../policy/policy";
import { type TokenForm, tokenAnswer, tokenHeaders } from "./token-answer";

/** What came of a read of a token that was granted without anybody's approval. */
export interface GrantedRead {
  readonly peer: PeerIdentity;
  readonly policy: Policy;
  readonly client: BrokerClient;
  readonly grant: Grant;
  readonly target: TokenTarget;
  readonly form: TokenForm;
}

interface Kept {
  readonly token: string;
  readonly tokenSha256: string;
  readonly remainingSeconds: number;
}

/** An answer as it is during one second. */
export interface ReadyAnswer {
  readonly token: string;
  readonly remainingSeconds: number;
  /** Names and values in turn. */
  readonly headers: string[];
  readonly body: string;
  /** Of the body: what is ASCII goes out without being looked at character by character. */
  readonly encoding: "latin1" | "utf8";
  /** Of the audit, without the client's address and the number of requests. */
  readonly line: OpenForm;
}

/** A read that has been granted, and its answer made ready. */
export class KnownRead {
  readonly granted: GrantedRead;
  readonly #url: string | undefined;
  readonly #httpVersion: string;
  readonly #rawHeaders: readonly string[];
  readonly #audit: Pick<Audit, "repeated">;
  #ready: ReadyAnswer | undefined;

  constructor(request: IncomingMessage, granted: GrantedRead, audit: Pick<Audit, "repeated">) {
    this.granted = granted;
    this.#url = request.url;
    this.#httpVersion = request.httpVersion;
    this.#rawHeaders = request.rawHeaders;
    this.#audit = audit;
  }

  isSame({ method, url, httpVersion, rawHeaders }: IncomingMessage): boolean {
    const before = this.#rawHeaders;
    if (method !== "GET" || url !== this.#url || rawHeaders.length !== before.length) return false;
    if (httpVersion !== this.#httpVersion) return false;
    for (let index = 0; index < before.length; index += 1) if (rawHeaders[index] !== before[index]) return false;
    return true;
  }

  /** @param kept The token as it is now. */
  answer(kept: Kept, now: Instant): ReadyAnswer {
    const ready = this.#ready;
    if (ready !== undefined && ready.token === kept.token && ready.remainingSeconds === kept.remainingSeconds) {
      return ready;
    }
    this.#ready = this.#makeReady(kept, now);
    return this.#ready;
  }

  #makeReady({ token, tokenSha256, remainingSeconds }: Kept, now: Instant): ReadyAnswer {
    const { peer, client, grant, target, form } = this.granted;
    const expiresAt = new Date(now.wall + remainingSeconds * 1000);
    const body = tokenAnswer({ token, expiresInSeconds: remainingSeconds, expiresAt }, grant, form);
    const length = Buffer.byteLength(body);
    const headers = Object.entries({ ...tokenHeaders[form], "content-length": String(length) }).flat();
    const line = this.#audit.repeated(
      { caller: { kind: "certificate", peer }, client: client.name, account: grant.account },
      { tokenType: target.kind, tokenSha256, expiresAt },
    );
    return { token, remainingSeconds, headers, body, encoding: length === body.length ? "latin1" : "utf8", line };
  }
}
