import type { IssuedToken } from "../exchange/generate-access-token";
import { batchAccount, grantOf, reportAccount } from "../testing/broker-fixture";
import { settle, VirtualClock } from "../testing/virtual-clock";
import { UpstreamError } from "../upstream/upstream-error";
import { type KeeperEvent, TokenKeeper } from "./token-keeper";

const minute = 60_000;
const grant = grantOf(batchAccount);

const outage = (retryAfterSeconds?: number) =>
  new UpstreamError({
    upstream: "security-token-service",
    code: "http_503",
    description: "unavailable",
    retryable: true,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
const refusal = () =>
  new UpstreamError({
    upstream: "iam-credentials",
    code: "PERMISSION_DENIED",
    description: "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).",
    httpStatus: 403,
    retryable: false,
  });

/** A keeper whose upstream numbers its tokens, waits while `gate` is set, and fails while `failing` is set. */
function setUp(grants = [grant]) {
  const clock = new VirtualClock();
  const events: KeeperEvent[] = [];
  const upstream: {
    calls: number;
    failing: (() => Error) | undefined;
    gate: Promise<void> | undefined;
    signals: AbortSignal[];
  } = {
    calls: 0,
    failing: undefined,
    gate: undefined,
    signals: [],
  };
  const keeper = new TokenKeeper(grants, {
    clock,
    random: () => 0,
    onEvent: (event) => events.push(event),
    issue: async ({ lifetimeSeconds }, signal): Promise<IssuedToken> => {
      const number = ++upstream.calls;
      upstream.signals.push(signal);
      await upstream.gate;
      if (upstream.failing !== undefined) throw upstream.failing();
      return { accessToken: `token ${number}`, lifetimeSeconds };
    },
  });
  return { clock, events, upstream, keeper };
}

function holdGate(upstream: { gate: Promise<void> | undefined }): () => void {
  let open = () => {};
  upstream.gate = new Promise((resolve) => {
    open = resolve;
  });
  return () => {
    upstream.gate = undefined;
    open();
  };
}

describe("TokenKeeper, cold", () => {
  it("exchanges exactly once for ten thousand callers at a time, and gives all of them the token", async () => {
    const { keeper, upstream } = setUp();
    const open = holdGate(upstream);
    const answers = Array.from({ length: 10_000 }, () => keeper.get(grant));
    await settle();
    open();
    const distinct = new Set((await Promise.all(answers)).map((answer) => JSON.stringify(answer)));
    expect([...distinct]).toEqual(['{"kind":"token","accessToken":"token 1","remainingSeconds":3600}']);
    expect(upstream.calls).toBe(1);
  });

  it("asks an upstream that is down once for ten thousand callers, and tells all of them when to come back", async () => {
    const { keeper, upstream } = setUp();
    upstream.failing = () => outage();
    const answers = await Promise.all(Array.from({ length: 10_000 }, () => keeper.get(grant)));
    expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(["unavailable"]));
    expect(answers[9_999]).toEqual({
      kind: "unavailable",
      reason: "upstream_unavailable",
      description: "security-token-service: http_503: unavailable",
      retryAfterSeconds: 1,
    });
    expect(upstream.calls).toBe(1);
  });

  it("does not ask again before the pause is over", async () => {
    const { keeper, upstream, clock } = setUp();
    upstream.failing = () => outage(120);
    await keeper.get(grant);
    await clock.advance(60_000);
    expect(await keeper.get(grant)).toMatchObject({ kind: "unavailable", retryAfterSeconds: 60 });
    expect(upstream.calls).toBe(1);
    await clock.advance(60_000);
    upstream.failing = undefined;
    expect(await keeper.get(grant)).toMatchObject({ kind: "token", accessToken: "token 2" });
  });

  it("keeps tokens of one account with other scopes or another lifetime apart", async () => {
    const readOnly = { ...grant, scopes: ["https://www.googleapis.com/auth/bigquery.readonly"] };
    const short = grantOf(batchAccount, 600);
    const { keeper, upstream } = setUp([grant, readOnly, short]);
    const answers = await Promise.all([grant, readOnly, short, { ...grant }].map((each) => keeper.get(each)));
    expect(answers.map((answer) => answer.kind === "token" && answer.accessToken)).toEqual([
      "token 1",
      "token 2",
      "token 3",
      "token 1",
    ]);
    expect(upstream.calls).toBe(3);
  });

  it("rejects a grant that it was not made with", async () => {
    const { keeper } = setUp();
    await expect(keeper.get(grantOf(reportAccount))).rejects.toThrow(RangeError);
  });
});

describe("TokenKeeper, started", () => {
  it("fetches every token before anybody asks", async () => {
    const { keeper, upstream } = setUp([grant, grantOf(reportAccount)]);
    expect(keeper.readiness).toEqual({ ready: 0, kept: 2 });
    keeper.start();
    await settle();
    expect(upstream.calls).toBe(2);
    expect(keeper.readiness).toEqual({ ready: 2, kept: 2 });
  });

  it("fetches many tokens, a few at a time, without waiting for ticks", async () => {
    const grants = Array.from({ length: 30 }, (_, index) => grantOf(`account-${index}@p.iam.gserviceaccount.com`));
    const { keeper, upstream } = setUp(grants);
    const open = holdGate(upstream);
    keeper.start();
    await settle();
    expect(upstream.calls).toBe(8);
    open();
    await settle();
    expect(keeper.readiness).toEqual({ ready: 30, kept: 30 });
    expect(upstream.calls).toBe(30);
  });

  it("refreshes at 55 minutes while readers keep reading the last token", async () => {
    const { keeper, upstream, clock } = setUp();
    keeper.start();
    await clock.advance(55 * minute - 1_000);
    expect(upstream.calls).toBe(1);
    const open = holdGate(upstream);
    await clock.advance(2_000);
    expect(upstream.calls).toBe(2);
    expect(await keeper.get(grant)).toMatchObject({ accessToken: "token 1" });
    open();
    await settle();
    expect(await keeper.get(grant)).toMatchObject({ accessToken: "token 2", remainingSeconds: 3600 });
  });

  it("never leaves a reader without a token over a day", async () => {
    const { keeper, upstream, clock } = setUp([grantOf(batchAccount, 60)]);
    keeper.start();
    await settle();
    for (let minutePassed = 0; minutePassed < 24 * 60; minutePassed++) {
      await clock.advance(minute);
      const answer = await keeper.get(grantOf(batchAccount, 60));
      expect(answer).toMatchObject({ kind: "token" });
    }
    expect(upstream.calls).toBeGreaterThanOrEqual(24 * 60);
    expect(upstream.calls).toBeLessThan(24 * 60 * 1.4);
  });

  it("serves the last good token through an outage until it really expires, then none", async () => {
    const { keeper, upstream, clock, events } = setUp();
    keeper.start();
    await clock.advance(54 * minute);
    upstream.failing = () => outage();
    await clock.advance(5 * minute + 58_000);
    expect(await keeper.get(grant)).toMatchObject({ kind: "token", accessToken: "token 1" });
    expect(events.at(-1)).toMatchObject({ kind: "failed", reason: "upstream_unavailable" });
    await clock.advance(3_000);
    expect(await keeper.get(grant)).toMatchObject({ kind: "unavailable", reason: "upstream_unavailable" });
    expect(keeper.readiness.ready).toBe(0);
    upstream.failing = undefined;
    await clock.advance(31_000);
    expect(await keeper.get(grant)).toMatchObject({ kind: "token" });
  });

  it("keeps trying through a long outage, at a bounded pace", async () => {
    const { keeper, upstream, clock } = setUp();
    upstream.failing = () => outage();
    keeper.start();
    await clock.advance(60 * minute);
    expect(upstream.calls).toBeGreaterThan(100);
    expect(upstream.calls).toBeLessThan(180);
    upstream.failing = undefined;
    await clock.advance(30_000);
    expect(keeper.readiness.ready).toBe(1);
  });

  it("reports a refusal as one, keeps the last good token, and recovers when it is lifted", async () => {
    const { keeper, upstream, clock, events } = setUp();
    keeper.start();
    await clock.advance(54 * minute);
    upstream.failing = refusal;
    await clock.advance(2 * minute);
    expect(events.at(-1)).toMatchObject({
      kind: "failed",
      reason: "upstream_refused",
      remainingSeconds: expect.any(Number),
    });
    expect(await keeper.get(grant)).toMatchObject({ accessToken: "token 1" });
    await clock.advance(5 * minute);
    expect(await keeper.get(grant)).toMatchObject({
      kind: "unavailable",
      reason: "upstream_refused",
      description: expect.stringContaining("iam-credentials: PERMISSION_DENIED"),
    });
    upstream.failing = undefined;
    await clock.advance(31_000);
    expect(await keeper.get(grant)).toMatchObject({ kind: "token" });
  });

  it("treats an error of its own as a failure that tells nothing", async () => {
    const { keeper, upstream } = setUp();
    upstream.failing = () => new TypeError("secret detail");
    expect(await keeper.get(grant)).toMatchObject({ kind: "unavailable", description: "internal error" });
  });

  it("fails one account without touching the others", async () => {
    const other = grantOf(reportAccount);
    const clock = new VirtualClock();
    const keeper = new TokenKeeper([grant, other], {
      clock,
      random: () => 0,
      onEvent: () => {},
      issue: async ({ account }) => {
        if (account === reportAccount) throw refusal();
        return { accessToken: "good", lifetimeSeconds: 3600 };
      },
    });
    keeper.start();
    await settle();
    expect(await keeper.get(grant)).toMatchObject({ kind: "token" });
    expect(await keeper.get(other)).toMatchObject({ kind: "unavailable" });
    expect(keeper.readiness).toEqual({ ready: 1, kept: 2 });
  });
});

describe("TokenKeeper, when the clock jumps", () => {
  it("refreshes within a second of a jump into the refresh time", async () => {
    const { keeper, upstream, clock } = setUp();
    keeper.start();
    await settle();
    clock.jump(56 * minute);
    await clock.advance(1_000);
    expect(upstream.calls).toBe(2);
    expect(await keeper.get(grant)).toMatchObject({ accessToken: "token 2", remainingSeconds: 3600 });
  });

  it("gives no token that expired while the machine slept, but fetches a new one for the caller", async () => {
    const { keeper, clock } = setUp();
    keeper.start();
    await settle();
    clock.jump(61 * minute);
    expect(await keeper.get(grant)).toMatchObject({ kind: "token", accessToken: "token 2" });
  });

  it("does not believe a clock set back: the token is refreshed and expires as if it had not been", async () => {
    const { keeper, upstream, clock } = setUp();
    keeper.start();
    await clock.advance(minute);
    clock.jump(-120 * minute);
    await clock.advance(54 * minute + 1_000);
    expect(upstream.calls).toBe(2);
    upstream.failing = () => outage();
    await clock.advance(60 * minute);
    expect(await keeper.get(grant)).toMatchObject({ kind: "unavailable" });
  });
});

describe("TokenKeeper, stopped", () => {
  it("aborts what is under way, ticks no more and answers at once", async () => {
    const { keeper, upstream, clock } = setUp();
    const open = holdGate(upstream);
    keeper.start();
    const waiting = keeper.get(grant);
    await settle();
    upstream.failing = () => outage();
    keeper.stop();
    expect(upstream.signals[0]?.aborted).toBe(true);
    open();
    expect(await waiting).toMatchObject({ kind: "unavailable" });
    expect(clock.intervals).toBe(0);
    await clock.advance(10 * minute);
    expect(await keeper.get(grant)).toMatchObject({ kind: "unavailable", retryAfterSeconds: 1 });
    expect(upstream.calls).toBe(1);
  });
});
