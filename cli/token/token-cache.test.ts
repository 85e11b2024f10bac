import { BrokerError, type BrokerToken } from "./broker-client";
import { TokenCache } from "./token-cache";

const second = 1_000;
const outage = (retryAfterSeconds?: number) =>
  new BrokerError(503, "temporarily_unavailable", "no token at the moment", retryAfterSeconds);

beforeEach(() => {
  jest.useFakeTimers({ now: Date.UTC(2030, 0, 1), doNotFake: ["nextTick", "queueMicrotask", "setImmediate"] });
});
afterEach(() => jest.useRealTimers());

const pass = (milliseconds: number) => jest.setSystemTime(Date.now() + milliseconds);

function setUp(lifeSeconds = 3_600) {
  const upstream: { calls: number; failing: Error | undefined } = { calls: 0, failing: undefined };
  const cache = new TokenCache(async (): Promise<BrokerToken> => {
    upstream.calls++;
    await Promise.resolve();
    if (upstream.failing !== undefined) throw upstream.failing;
    return {
      token: `token ${upstream.calls}`,
      expiresAt: new Date(Date.now() + lifeSeconds * second),
      account: undefined,
      scopes: [],
      quotaProject: undefined,
    };
  });
  const get = async () => (await cache.get()).token;
  return { upstream, get, cache };
}

describe("TokenCache", () => {
  it("fetches once for all who ask together, and again with five minutes left", async () => {
    const { upstream, get } = setUp();
    expect(new Set(await Promise.all(Array.from({ length: 100 }, get)))).toEqual(new Set(["token 1"]));
    pass(54 * 60 * second);
    expect(await get()).toBe("token 1");
    pass(2 * 60 * second);
    expect(await get()).toBe("token 2");
    expect(upstream.calls).toBe(2);
  });

  it("uses the last token on while the broker is away, and none that is over", async () => {
    const { upstream, get } = setUp();
    await get();
    upstream.failing = outage();
    pass(56 * 60 * second);
    expect(await get()).toBe("token 1");
    pass(4 * 60 * second);
    await expect(get()).rejects.toThrow("no token at the moment");
    upstream.failing = undefined;
    pass(30 * second);
    expect(await get()).toMatch(/^token \d$/);
  });

  it("does not ask a failing broker for every caller, nor before it wants to be asked", async () => {
    const { upstream, get } = setUp();
    upstream.failing = outage(60);
    for (let caller = 0; caller < 50; caller++) await expect(get()).rejects.toThrow(BrokerError);
    expect(upstream.calls).toBe(1);
    pass(59 * second);
    await expect(get()).rejects.toThrow(BrokerError);
    expect(upstream.calls).toBe(1);
    upstream.failing = undefined;
    pass(1 * second);
    expect(await get()).toBe("token 2");
  });

  it("does not ask for every caller while the broker still has a token that ends soon", async () => {
    const { upstream, get } = setUp(8);
    for (let caller = 0; caller < 50; caller++) await get();
    pass(5 * second);
    await get();
    expect(upstream.calls).toBe(1);
    pass(1.5 * second);
    expect(await get()).toBe("token 2");
  });

  it("gives no token that is over because the clock was set back, and tells others its real end", async () => {
    const { cache, upstream, get } = setUp();
    await get();
    jest.advanceTimersByTime(50 * 60 * second);
    pass(-3_600 * second);
    const { token, expiresAt } = await cache.get();
    expect(token).toBe("token 1");
    expect(expiresAt.getTime() - Date.now()).toBeLessThanOrEqual(10 * 60 * second);
    upstream.failing = outage();
    jest.advanceTimersByTime(10 * 60 * second);
    await expect(get()).rejects.toThrow("no token at the moment");
  });

  it("asks more often as the last token nears its end, so that an outage can end before it", async () => {
    const { upstream, get } = setUp(40);
    await get();
    upstream.failing = outage();
    let last = await get();
    for (let elapsed = 0; elapsed < 38; elapsed += 0.5) {
      pass(0.5 * second);
      if (elapsed >= 36) upstream.failing = undefined;
      last = await get();
    }
    expect(last).not.toBe("token 1");
  });

  it("gives no token that is over when it comes", async () => {
    const { get } = setUp(0.5);
    await expect(get()).rejects.toThrow("is over");
  });
});
