import { randomUUID } from "node:crypto";
import { type Clock, type Deadline, deadlineIn, remaining } from "../clock";
import type { Grant } from "../config";
import { type TokenTarget, targetKey } from "../exchange/token-target";

/** Why a grant that needs an approval gives no token. */
export type ApprovalRefusal = "approval_denied" | "approval_timed_out" | "approval_withdrawn" | "approval_queue_full";

export type ApprovalOutcome =
  | { readonly approved: true }
  | { readonly approved: false; readonly reason: ApprovalRefusal };

/** A request that waits for somebody else's consent. */
export interface PendingApproval {
  readonly id: string;
  /** Whose token it is. */
  readonly client: string;
  /** Who asks for it: the client itself, or who presents its token in a token exchange. */
  readonly actor: string;
  readonly target: TokenTarget;
  readonly requestedAt: Date;
  readonly expiresAt: Date;
}

export type Verdict = "approve" | "deny";

export type VerdictResult =
  | { readonly ok: true; readonly pending: PendingApproval }
  /** `unknown` also for who may not approve it: whose requests wait is not everybody's business. */
  | { readonly ok: false; readonly reason: "unknown" };

/** Milliseconds for which a request waits. */
export const longestWait = 300_000;
/** How many different requests may wait at a time. */
const longestQueue = 100;

interface Waiting {
  readonly pending: PendingApproval;
  readonly approvers: readonly string[];
  readonly validSeconds: number;
  readonly deadline: Deadline;
  readonly outcome: Promise<ApprovalOutcome>;
  readonly settle: (outcome: ApprovalOutcome) => void;
  readonly fail: (error: unknown) => void;
}

/** Who asks for a client's token: a consent is for both. */
export interface Asking {
  /** Name of the client whose token it is. */
  readonly client: string;
  /** Name of the client that asks; in a token exchange another one. */
  readonly actor: string;
}

/**
 * Four eyes: a token of a marked grant is given only when another client has consented, not long ago. Neither whose token
 * it is nor who asks for it can consent: an approver that may exchange tokens would otherwise approve its own request.
 * Requests of one client for one token wait together, at most five minutes; whoever gives up waiting and asks again finds
 * the consent that was given meanwhile.
 */
export class Approvals {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Waiting>();
  readonly #given = new Map<string, Deadline>();
  #stopTicking: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * @param onPending Called when the request is new; what it throws, all who wait with it get.
   */
  async ask(
    { client, actor }: Asking,
    target: TokenTarget,
    { approvers, validSeconds }: NonNullable<Grant["approval"]>,
    onPending: (pending: PendingApproval) => Promise<void>,
  ): Promise<ApprovalOutcome> {
    const key = JSON.stringify([client, actor, targetKey(target)]);
    const given = this.#given.get(key);
    if (given !== undefined && remaining(given, this.#clock.now()) > 0) return { approved: true };
    this.#given.delete(key);
    const already = this.#waiting.get(key);
    if (already !== undefined) return already.outcome;
    if (this.#waiting.size >= longestQueue) return { approved: false, reason: "approval_queue_full" };
    const waiting = this.#enqueue(key, { client, actor, target }, approvers, validSeconds);
    try {
      await onPending(waiting.pending);
    } catch (error) {
      // A new policy may have taken it away already, and the same client may have asked anew.
      if (this.#waiting.get(key) === waiting) this.#waiting.delete(key);
      waiting.fail(error);
    }
    return waiting.outcome;
  }

  /** How many requests wait. */
  get pending(): number {
    return this.#waiting.size;
  }

  /** What waits for this client's consent. */
  pendingFor(approver: string): readonly PendingApproval[] {
    return [...this.#waiting.values()]
      .filter(
        ({ approvers, pending: { client, actor } }) =>
          approvers.includes(approver) && client !== approver && actor !== approver,
      )
      .map(({ pending }) => pending);
  }

  /** The pending request, if this client may decide on it. */
  find(id: string, approver: string): PendingApproval | undefined {
    return this.pendingFor(approver).find((pending) => pending.id === id);
  }

  /** @param approver Name of the client that decides. */
  decide(id: string, approver: string, verdict: Verdict): VerdictResult {
    const pending = this.find(id, approver);
    const [key, waiting] = [...this.#waiting].find(([, each]) => each.pending === pending) ?? [];
    if (pending === undefined || key === undefined || waiting === undefined) return { ok: false, reason: "unknown" };
    this.#waiting.delete(key);
    if (verdict === "approve") this.#given.set(key, deadlineIn(this.#clock.now(), waiting.validSeconds * 1000));
    waiting.settle(verdict === "approve" ? { approved: true } : { approved: false, reason: "approval_denied" });
    return { ok: true, pending };
  }

  /** What was approved under another policy no longer counts. */
  withdrawAll(): void {
    this.#given.clear();
    for (const { settle } of this.#waiting.values()) settle({ approved: false, reason: "approval_withdrawn" });
    this.#waiting.clear();
  }

  /** Nobody waits any longer. */
  stop(): void {
    this.withdrawAll();
    this.#stopTicking?.();
  }

  #enqueue(
    key: string,
    asked: Pick<PendingApproval, "client" | "actor" | "target">,
    approvers: readonly string[],
    validSeconds: number,
  ): Waiting {
    const now = this.#clock.now();
    let settle: (outcome: ApprovalOutcome) => void = () => undefined;
    let fail: (error: unknown) => void = () => undefined;
    const outcome = new Promise<ApprovalOutcome>((resolve, reject) => {
      settle = resolve;
      fail = reject;
    });
    const pending: PendingApproval = {
      id: randomUUID(),
      ...asked,
      requestedAt: new Date(now.wall),
      expiresAt: new Date(now.wall + longestWait),
    };
    const waiting = { pending, approvers, validSeconds, deadline: deadlineIn(now, longestWait), outcome, settle, fail };
    this.#waiting.set(key, waiting);
    this.#stopTicking ??= this.#clock.every(1_000, () => this.#expire());
    return waiting;
  }

  #expire(): void {
    const now = this.#clock.now();
    for (const [key, { deadline, settle }] of this.#waiting) {
      if (remaining(deadline, now) > 0) continue;
      this.#waiting.delete(key);
      settle({ approved: false, reason: "approval_timed_out" });
    }
    for (const [key, deadline] of this.#given) if (remaining(deadline, now) <= 0) this.#given.delete(key);
  }
}
