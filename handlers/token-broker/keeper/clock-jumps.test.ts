import { holdGate, minute, outage, setUpKeeper, target } from "../testing/keeper-fixture";
import { settle } from "../testing/virtual-clock";

describe("TokenKeeper, when the clock jumps", () => {
  it("refreshes within a second of a jump into the refresh time", async () => {
    const { keeper, upstream, clock } = setUpKeeper();
    keeper.start();
    await settle();
    clock.jump(56 * minute);
    await clock.advance(1_000);
    expect(upstream.calls).toBe(2);
    expect(await keeper.get(target)).toMatchObject({ token: "token 2", remainingSeconds: 3600 });
  });

  it("gives no token that expired while the machine slept, but fetches a new one for the caller", async () => {
    const { keeper, clock } = setUpKeeper();
    keeper.start();
    await settle();
    clock.jump(61 * minute);
    expect(await keeper.get(target)).toMatchObject({ kind: "token", token: "token 2" });
  });

  it("does not believe a clock set back: the token is refreshed and expires as if it had not been", async () => {
    const { keeper, upstream, clock } = setUpKeeper();
    keeper.start();
    await clock.advance(minute);
    clock.jump(-120 * minute);
    await clock.advance(54 * minute + 1_000);
    expect(upstream.calls).toBe(2);
    upstream.failing = () => outage();
    await clock.advance(60 * minute);
    expect(await keeper.get(target)).toMatchObject({ kind: "unavailable" });
  });
});

describe("TokenKeeper, when the machine sleeps", () => {
  it("has a fresh token a second after it wakes, however long it slept", async () => {
    const { keeper, upstream, clock } = setUpKeeper();
    keeper.start();
    await clock.advance(10 * minute);
    // Asleep, the monotonic clock stands still.
    clock.jump(9 * 60 * minute);
    await clock.advance(1_000);
    expect(upstream.calls).toBe(2);
    expect(await keeper.get(target)).toMatchObject({ token: "token 2", remainingSeconds: 3600 });
  });

  it("does not count the sleep to a token that was on its way", async () => {
    const { keeper, upstream, clock } = setUpKeeper();
    const open = holdGate(upstream);
    keeper.start();
    await settle();
    clock.jump(30 * minute);
    // The chain counts a token's life from the receipt of the answer: half an hour is gone.
    upstream.lifetimeSeconds = 1_800;
    open();
    await settle();
    expect(await keeper.get(target)).toMatchObject({ remainingSeconds: 1_800 });
    await clock.advance(26 * minute);
    expect(upstream.calls).toBe(2);
  });

  it("tries again at once what its sleep interrupted", async () => {
    const { keeper, upstream, clock } = setUpKeeper();
    upstream.failing = () => outage();
    keeper.start();
    await clock.advance(10 * minute);
    const before = upstream.calls;
    upstream.failing = undefined;
    clock.jump(60 * minute);
    await clock.advance(1_000);
    expect(upstream.calls).toBe(before + 1);
    expect(await keeper.get(target)).toMatchObject({ kind: "token" });
  });
});

describe("TokenKeeper, stopped", () => {
  it("aborts what is under way, ticks no more and answers at once", async () => {
    const { keeper, upstream, clock } = setUpKeeper();
    const open = holdGate(upstream);
    keeper.start();
    const waiting = keeper.get(target);
    await settle();
    upstream.failing = () => outage();
    keeper.stop();
    expect(upstream.signals[0]?.aborted).toBe(true);
    open();
    expect(await waiting).toMatchObject({ kind: "unavailable" });
    expect(clock.intervals).toBe(0);
    await clock.advance(10 * minute);
    expect(await keeper.get(target)).toMatchObject({ kind: "unavailable", retryAfterSeconds: 1 });
    expect(upstream.calls).toBe(1);
  });
});
