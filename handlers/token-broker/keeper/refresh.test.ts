import { accessTargetOf, batchAccount, reportAccount } from "../testing/broker-fixture";
import { holdGate, kept, minute, outage, refusal, setUpKeeper, target } from "../testing/keeper-fixture";
import { settle, VirtualClock } from "../testing/virtual-clock";
import { UpstreamError } from "../upstream/upstream-error";
import { TokenKeeper } from "./token-keeper";

describe("TokenKeeper, started", () => {
  it("fetches every token before anybody asks", async () => {
    const { keeper, upstream } = setUpKeeper([target, accessTargetOf(reportAccount)].map((each) => kept(each)));
    expect(keeper.readiness).toEqual({ ready: 0, kept: 2 });
    keeper.start();
    await settle();
    expect(upstream.calls).toBe(2);
    expect(keeper.readiness).toEqual({ ready: 2, kept: 2 });
  });

  it("fetches many tokens, a few at a time, without waiting for ticks", async () => {
    const grants = Array.from({ length: 30 }, (_, index) =>
      kept(accessTargetOf(`account-${index}@p.iam.gserviceaccount.com`)),
    );
    const { keeper, upstream } = setUpKeeper(grants);
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
    const { keeper, upstream, clock } = setUpKeeper();
    keeper.start();
    await clock.advance(55 * minute - 1_000);
    expect(upstream.calls).toBe(1);
    const open = holdGate(upstream);
    await clock.advance(2_000);
    expect(upstream.calls).toBe(2);
    expect(await keeper.get(target)).toMatchObject({ token: "token 1" });
    open();
    await settle();
    expect(await keeper.get(target)).toMatchObject({ token: "token 2", remainingSeconds: 3600 });
  });

  it("never leaves a reader without a token over a day", async () => {
    const { keeper, upstream, clock } = setUpKeeper([kept(accessTargetOf(batchAccount, 60))]);
    keeper.start();
    await settle();
    for (let minutePassed = 0; minutePassed < 24 * 60; minutePassed++) {
      await clock.advance(minute);
      const answer = await keeper.get(accessTargetOf(batchAccount, 60));
      expect(answer).toMatchObject({ kind: "token" });
    }
    expect(upstream.calls).toBeGreaterThanOrEqual(24 * 60);
    expect(upstream.calls).toBeLessThan(24 * 60 * 1.4);
  });

  it("serves the last good token through an outage until it really expires, then none", async () => {
    const { keeper, upstream, clock, events } = setUpKeeper();
    keeper.start();
    await clock.advance(54 * minute);
    upstream.failing = () => outage();
    await clock.advance(5 * minute + 58_000);
    expect(await keeper.get(target)).toMatchObject({ kind: "token", token: "token 1" });
    expect(events.at(-1)).toMatchObject({ kind: "failed", reason: "upstream_unavailable" });
    await clock.advance(3_000);
    expect(await keeper.get(target)).toMatchObject({ kind: "unavailable", reason: "upstream_unavailable" });
    expect(keeper.readiness.ready).toBe(0);
    upstream.failing = undefined;
    await clock.advance(31_000);
    expect(await keeper.get(target)).toMatchObject({ kind: "token" });
  });

  it("has a new token in time when an outage ends seconds before the last good token does", async () => {
    const { keeper, upstream, clock } = setUpKeeper();
    keeper.start();
    await clock.advance(54 * minute);
    upstream.failing = () => outage();
    await clock.advance(5 * minute + 52_000);
    upstream.failing = undefined;
    for (let second = 0; second < 60; second += 1) {
      await clock.advance(1_000);
      expect(await keeper.get(target)).toMatchObject({ kind: "token" });
    }
  });

  it("keeps trying through a long outage, at a bounded pace", async () => {
    const { keeper, upstream, clock } = setUpKeeper();
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
    const { keeper, upstream, clock, events } = setUpKeeper();
    keeper.start();
    await clock.advance(54 * minute);
    upstream.failing = refusal;
    await clock.advance(2 * minute);
    expect(events.at(-1)).toMatchObject({
      kind: "failed",
      reason: "upstream_refused",
      remainingSeconds: expect.any(Number),
    });
    expect(await keeper.get(target)).toMatchObject({ token: "token 1" });
    await clock.advance(5 * minute);
    expect(await keeper.get(target)).toMatchObject({
      kind: "unavailable",
      reason: "upstream_refused",
      description: expect.stringContaining("iam-credentials: PERMISSION_DENIED"),
    });
    upstream.failing = undefined;
    await clock.advance(31_000);
    expect(await keeper.get(target)).toMatchObject({ kind: "token" });
  });

  it("treats an error of its own as a failure that tells nothing", async () => {
    const { keeper, upstream } = setUpKeeper();
    upstream.failing = () => new TypeError("secret detail");
    expect(await keeper.get(target)).toMatchObject({ kind: "unavailable", description: "internal error" });
  });

  it("fails one account without touching the others", async () => {
    const other = accessTargetOf(reportAccount);
    const clock = new VirtualClock();
    const keeper = new TokenKeeper(
      [target, other].map((each) => kept(each)),
      {
        clock,
        random: () => 0,
        onEvent: () => {},
        issue: async ({ account }) => {
          if (account === reportAccount) throw refusal();
          return { token: "good", lifetimeSeconds: 3600 };
        },
      },
    );
    keeper.start();
    await settle();
    expect(await keeper.get(target)).toMatchObject({ kind: "token" });
    expect(await keeper.get(other)).toMatchObject({ kind: "unavailable" });
    expect(keeper.readiness).toEqual({ ready: 1, kept: 2 });
  });

  it("refreshes in time where Google gives shorter lives than were asked for", async () => {
    const { keeper, upstream, clock } = setUpKeeper();
    upstream.lifetimeSeconds = 300;
    keeper.start();
    await settle();
    for (let second = 0; second < 30 * 60; second++) {
      await clock.advance(1_000);
      expect(await keeper.get(target)).toMatchObject({ kind: "token" });
    }
    expect(upstream.calls).toBeGreaterThanOrEqual(6);
    expect(upstream.calls).toBeLessThanOrEqual(9);
  });

  it("waits as long as a busy upstream asks, while the last good token is served", async () => {
    const { keeper, upstream, clock, events } = setUpKeeper();
    keeper.start();
    await clock.advance(55 * minute - 1_000);
    upstream.failing = () => outage(180);
    await clock.advance(2_000);
    expect(events.at(-1)).toMatchObject({ kind: "failed", retryInSeconds: 180 });
    await clock.advance(175_000);
    expect(upstream.calls).toBe(2);
    upstream.failing = undefined;
    await clock.advance(5_000);
    expect(upstream.calls).toBe(3);
    expect(await keeper.get(target)).toMatchObject({ token: "token 3" });
  });

  it("does not wait for ever at an upstream's word", async () => {
    const { keeper, upstream, clock } = setUpKeeper();
    upstream.failing = () => outage(86_400);
    keeper.start();
    await settle();
    upstream.failing = undefined;
    await clock.advance(5 * minute);
    expect(await keeper.get(target)).toMatchObject({ kind: "token" });
  });

  it("serves the last good token while an answer is slow, without a second exchange", async () => {
    const { keeper, upstream, clock } = setUpKeeper();
    keeper.start();
    await clock.advance(54 * minute);
    const open = holdGate(upstream);
    await clock.advance(4 * minute);
    expect(upstream.calls).toBe(2);
    expect(await keeper.get(target)).toMatchObject({ token: "token 1" });
    open();
    await settle();
    expect(await keeper.get(target)).toMatchObject({ token: "token 2" });
  });

  it("takes an answer that cannot be read for an outage, also in how soon it asks again", async () => {
    const { keeper, upstream, clock, events } = setUpKeeper();
    upstream.failing = () =>
      new UpstreamError({ upstream: "token-file", code: "malformed_response", description: "", retryable: false });
    keeper.start();
    await settle();
    expect(events.at(-1)).toMatchObject({ reason: "upstream_unavailable", retryInSeconds: 1 });
    upstream.failing = undefined;
    await clock.advance(1_000);
    expect(await keeper.get(target)).toMatchObject({ kind: "token", token: "token 2" });
  });

  it("lets accounts whose requests hang take no other's turn", async () => {
    const account = (index: number) => accessTargetOf(`account-${index}@p.iam.gserviceaccount.com`);
    const clock = new VirtualClock();
    const asked: string[] = [];
    // Twenty that fail after nineteen seconds, and one behind them that works.
    const keeper = new TokenKeeper(
      Array.from({ length: 21 }, (_, index) => kept(account(index))),
      {
        clock,
        random: () => 0,
        onEvent: () => {},
        issue: async (each, signal) => {
          asked.push(each.account);
          if (each.account === account(20).account) return { token: "good", lifetimeSeconds: 3600 };
          await clock.sleep(19_000, signal);
          throw outage();
        },
      },
    );
    keeper.start();
    await clock.advance(minute);
    expect(new Set(asked).size).toBe(21);
    expect(await keeper.get(account(20))).toMatchObject({ kind: "token" });
  });

  it("stops trying what was asked for once and cannot be had, until somebody asks again", async () => {
    const idToken = { kind: "id_token", account: batchAccount, audience: "https://a.example" } as const;
    const { keeper, upstream, clock } = setUpKeeper([kept(idToken, true)]);
    keeper.start();
    upstream.failing = refusal;
    expect(await keeper.get(idToken)).toMatchObject({ kind: "unavailable" });
    await clock.advance(60 * minute);
    expect(upstream.calls).toBe(1);
    upstream.failing = undefined;
    expect(await keeper.get(idToken)).toMatchObject({ kind: "token", token: "token 2" });
    await clock.advance(2 * 60 * minute);
    expect(keeper.tokens).toEqual([]);
  });

  it("lets a source take its time, and not more", async () => {
    const timers = jest.spyOn(globalThis, "setTimeout");
    const options = { clock: new VirtualClock(), random: () => 0, onEvent: () => {} };
    const issue = async () => ({ token: "t", lifetimeSeconds: 3600 });
    await new TokenKeeper([kept(target)], { ...options, issue }).get(target);
    await new TokenKeeper([kept(target)], { ...options, issue, sourceMilliseconds: 60_000 }).get(target);
    expect(timers.mock.calls.map(([, milliseconds]) => milliseconds)).toEqual([20_000, 80_000]);
    timers.mockRestore();
  });
});
