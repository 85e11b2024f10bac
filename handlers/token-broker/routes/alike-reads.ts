import type { IncomingMessage, RequestListener } from "node:http";
import type { PendingLine } from "../audit/audit-trail";
import type { ReadyAnswer } from "./known-read";

export type Response = Parameters<RequestListener>[1];

/** A read of a token on its way. */
export interface AskedRead {
  readonly request: IncomingMessage;
  readonly response: Response;
  /** The whole way. */
  readonly onward: RequestListener;
}

/** Reads of one moment that have the same answer and come from the same address: they share a line of the audit. */
export class AlikeReads implements PendingLine {
  readonly ready: ReadyAnswer;
  readonly remoteAddress: string;
  readonly #reads: AskedRead[];
  /** How many have been given their token. */
  answered = 0;

  constructor(ready: ReadyAnswer, remoteAddress: string, first: AskedRead) {
    this.ready = ready;
    this.remoteAddress = remoteAddress;
    this.#reads = [first];
  }

  isFor(ready: ReadyAnswer, remoteAddress: string): boolean {
    return ready === this.ready && remoteAddress === this.remoteAddress;
  }

  add(read: AskedRead): void {
    this.#reads.push(read);
  }

  get before(): string {
    return this.ready.line.before;
  }

  get after(): string {
    return this.ready.line.after(this.remoteAddress, this.#reads.length);
  }

  /** Without a line in the audit no token is given: the whole way has the words for that. */
  settled(error?: Error): void {
    const { headers, body, encoding } = this.ready;
    for (const { request, response, onward } of this.#reads) {
      if (error !== undefined) {
        onward(request, response);
        continue;
      }
      response.writeHead(200, headers);
      response.end(body, encoding);
      this.answered += 1;
    }
  }
}

/** Puts reads together that are alike, in the order of the first of each. */
export class GrantedReads {
  readonly #groups: AlikeReads[] = [];
  #last: AlikeReads | undefined;
  /** Made when there is a second group: mostly there is one. */
  #byAnswer: Map<ReadyAnswer, Map<string, AlikeReads>> | undefined;

  get groups(): readonly AlikeReads[] {
    return this.#groups;
  }

  add(read: AskedRead, ready: ReadyAnswer, remoteAddress: string): void {
    const last = this.#last;
    const alike = last?.isFor(ready, remoteAddress) ? last : this.#byAnswer?.get(ready)?.get(remoteAddress);
    if (alike === undefined) {
      this.#begin(new AlikeReads(ready, remoteAddress, read));
      return;
    }
    alike.add(read);
    this.#last = alike;
  }

  #begin(alike: AlikeReads): void {
    this.#groups.push(alike);
    this.#last = alike;
    if (this.#groups.length === 1) return;
    this.#byAnswer ??= new Map();
    for (const group of this.#byAnswer.size === 0 ? this.#groups : [alike]) {
      const addresses = this.#byAnswer.get(group.ready) ?? new Map<string, AlikeReads>();
      this.#byAnswer.set(group.ready, addresses.set(group.remoteAddress, group));
    }
  }
}
