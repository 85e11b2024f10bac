import { accessTargetOf, batchAccount, reportAccount } from "../testing/broker-fixture";
import { settle, VirtualClock } from "../testing/virtual-clock";
import { type ApprovalOutcome, Approvals, type PendingApproval } from "./approvals";

const target = accessTargetOf(batchAccount);
const approval = { approvers: ["officer", "deputy"], validSeconds: 900 };

function setUp() {
  const clock = new VirtualClock();
  const approvals = new Approvals(clock);
  const asked: PendingApproval[] = [];
  const ask = (client = "batch job", wanted = target, actor = client): Promise<ApprovalOutcome> =>
    approvals.ask({ client, actor }, wanted, approval, async (pending) => {
      asked.push(pending);
    });
  const idFor = (approver = "officer") => approvals.pendingFor(approver)[0]?.id ?? "none";
  return { clock, approvals, ask, asked, idFor };
}

describe("Approvals", () => {
  it("lets all requests of a client for a token go on when another client consents", async () => {
    const { approvals, ask, asked, idFor } = setUp();
    const waiting = Promise.all([ask(), ask(), ask()]);
    await settle();
    expect(asked).toHaveLength(1);
    expect(approvals.pendingFor("officer")).toEqual([expect.objectContaining({ client: "batch job", target })]);
    expect(approvals.decide(idFor(), "officer", "approve")).toMatchObject({ ok: true });
    expect(await waiting).toEqual([{ approved: true }, { approved: true }, { approved: true }]);
  });

  it("remembers a consent for its time, and for that client and token only", async () => {
    const { clock, approvals, ask, asked, idFor } = setUp();
    const waiting = ask();
    await settle();
    approvals.decide(idFor(), "deputy", "approve");
    await waiting;
    await clock.advance(899_000);
    expect(await ask()).toEqual({ approved: true });
    void ask("another");
    void ask("batch job", accessTargetOf(reportAccount));
    await settle();
    expect(asked).toHaveLength(3);
    await clock.advance(2_000);
    void ask();
    await settle();
    expect(asked).toHaveLength(4);
    approvals.stop();
  });

  it("refuses after five minutes, by the clock that is further", async () => {
    const { clock, ask } = setUp();
    const first = ask();
    await clock.advance(299_000);
    const joined = ask();
    await clock.advance(2_000);
    expect(await Promise.all([first, joined])).toEqual(
      Array.from({ length: 2 }, () => ({ approved: false, reason: "approval_timed_out" })),
    );
    const second = ask();
    clock.jump(301_000);
    await clock.advance(1_000);
    expect(await second).toEqual({ approved: false, reason: "approval_timed_out" });
  });

  it("refuses what was denied, and asks anew the next time", async () => {
    const { approvals, ask, asked, idFor } = setUp();
    const waiting = ask();
    await settle();
    approvals.decide(idFor(), "officer", "deny");
    expect(await waiting).toEqual({ approved: false, reason: "approval_denied" });
    void ask();
    await settle();
    expect(asked).toHaveLength(2);
    approvals.stop();
  });

  it("takes no verdict from who may not give it: strangers, the one that asks, anybody twice", async () => {
    const { approvals, ask, idFor } = setUp();
    const waiting = ask("officer");
    await settle();
    expect(approvals.pendingFor("officer")).toEqual([]);
    const id = idFor("deputy");
    for (const approver of ["officer", "batch job", "stranger"]) {
      expect(approvals.decide(id, approver, "approve")).toEqual({ ok: false, reason: "unknown" });
    }
    expect(approvals.decide("another id", "deputy", "approve")).toEqual({ ok: false, reason: "unknown" });
    expect(approvals.decide(id, "deputy", "approve").ok).toBe(true);
    expect(approvals.decide(id, "deputy", "deny").ok).toBe(false);
    expect(await waiting).toEqual({ approved: true });
  });

  it("lets nobody approve a request of his own for another client's token, nor use the consent to that client's own", async () => {
    const { approvals, ask, asked, idFor } = setUp();
    const own = ask();
    await settle();
    approvals.decide(idFor(), "officer", "approve");
    expect(await own).toEqual({ approved: true });
    const exchanged = ask("batch job", target, "officer");
    await settle();
    expect(asked[1]).toMatchObject({ client: "batch job", actor: "officer" });
    expect(approvals.pendingFor("officer")).toEqual([]);
    const id = idFor("deputy");
    expect(approvals.decide(id, "officer", "approve")).toEqual({ ok: false, reason: "unknown" });
    approvals.decide(id, "deputy", "approve");
    expect(await exchanged).toEqual({ approved: true });
    approvals.stop();
  });

  it("bounds how many requests wait", async () => {
    const { approvals, ask } = setUp();
    const waiting = Array.from({ length: 100 }, (_, number) => ask(`client ${number}`));
    await settle();
    expect(await ask("one more")).toEqual({ approved: false, reason: "approval_queue_full" });
    approvals.stop();
    for (const outcome of await Promise.all(waiting)) expect(outcome).toMatchObject({ reason: "approval_withdrawn" });
  });

  it("forgets every consent, and lets nobody wait, when the policy changes", async () => {
    const { approvals, ask, asked, idFor } = setUp();
    const waiting = ask();
    await settle();
    approvals.decide(idFor(), "officer", "approve");
    await waiting;
    const other = ask("another");
    await settle();
    approvals.withdrawAll();
    expect(await other).toEqual({ approved: false, reason: "approval_withdrawn" });
    void ask();
    await settle();
    expect(asked).toHaveLength(3);
    approvals.stop();
  });

  it("does not lose a request that was made anew while the one before could not be written down", async () => {
    const { approvals, ask, idFor } = setUp();
    let fail: (error: Error) => void = () => undefined;
    const written = new Promise<void>((_, reject) => {
      fail = reject;
    });
    const first = approvals.ask({ client: "batch job", actor: "batch job" }, target, approval, () => written);
    approvals.withdrawAll();
    const second = ask();
    fail(new Error("disk full"));
    expect(await first).toEqual({ approved: false, reason: "approval_withdrawn" });
    expect(approvals.decide(idFor(), "officer", "approve").ok).toBe(true);
    expect(await second).toEqual({ approved: true });
    approvals.stop();
  });

  it("lets nobody wait whose request could not be written down", async () => {
    const { clock } = setUp();
    const approvals = new Approvals(clock);
    const failing = approvals.ask({ client: "batch job", actor: "batch job" }, target, approval, () =>
      Promise.reject(new Error("disk full")),
    );
    const joined = approvals.ask({ client: "batch job", actor: "batch job" }, target, approval, async () => undefined);
    await expect(failing).rejects.toThrow("disk full");
    await expect(joined).rejects.toThrow("disk full");
    expect(approvals.pendingFor("officer")).toEqual([]);
    approvals.stop();
  });
});
