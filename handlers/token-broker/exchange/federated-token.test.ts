import { VirtualClock } from "../testing/virtual-clock";
import { UpstreamError } from "../upstream/upstream-error";
import { type FederatedToken, SharedFederatedToken } from "./federated-token";

const signal = new AbortController().signal;
const minute = 60_000;
const outage = (retryAfterSeconds?: number) =>
  new UpstreamError({
    upstream: "entra",
    code: "http_503",
    description: "unavailable",
    retryable: true,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });
const refusal = () =>
  new UpstreamError({ upstream: "entra", code: "AADSTS700027", description: "no", retryable: false });

function setUp(lifetimeSeconds: number | undefined = 3600) {
  const clock = new VirtualClock();
  const upstream: { calls: number; failing: (() => Error) | undefined } = { calls: 0, failing: undefined };
  const shared = new SharedFederatedToken(
    async (): Promise<FederatedToken> => {
      upstream.calls++;
      if (upstream.failing !== undefined) throw upstream.failing();
      return { token: `token ${upstream.calls}`, lifetimeSeconds };
    },
    { clock, random: () => 0 },
  );
  return { clock, upstream, shared };
}

describe("SharedFederatedToken", () => {
  it("is obtained once for all who come together, and kept for 55 minutes", async () => {
    const { clock, upstream, shared } = setUp();
    const tokens = await Promise.all(Array.from({ length: 100 }, () => shared.get(signal)));
    expect(new Set(tokens)).toEqual(new Set(["token 1"]));
    await clock.advance(55 * minute - 1);
    expect(await shared.get(signal)).toBe("token 1");
    await clock.advance(1);
    expect(await shared.get(signal)).toBe("token 2");
    expect(upstream.calls).toBe(2);
  });

  it("is obtained earlier where Google gives it a shorter life", async () => {
    const { clock, shared } = setUp(120);
    await shared.get(signal);
    await clock.advance(89_000);
    expect(await shared.get(signal)).toBe("token 1");
    await clock.advance(2_000);
    expect(await shared.get(signal)).toBe("token 2");
  });

  it("serves only the callers of the moment where its life is not told", async () => {
    const { shared } = setUp(undefined);
    const withoutLife = new SharedFederatedToken(
      async () => ({ token: await shared.get(signal), lifetimeSeconds: undefined }),
      { clock: new VirtualClock(), random: () => 0 },
    );
    const together = await Promise.all([withoutLife.get(signal), withoutLife.get(signal)]);
    expect(together).toEqual(["token 1", "token 1"]);
  });

  it("is used on through an outage while it lives, and not longer", async () => {
    const { clock, upstream, shared } = setUp();
    await shared.get(signal);
    upstream.failing = () => outage();
    await clock.advance(58 * minute);
    expect(await shared.get(signal)).toBe("token 1");
    await clock.advance(1.6 * minute);
    await expect(shared.get(signal)).rejects.toThrow("unavailable");
  });

  it("is not used on when the issuer refuses the broker", async () => {
    const { clock, upstream, shared } = setUp();
    await shared.get(signal);
    upstream.failing = refusal;
    await clock.advance(56 * minute);
    await expect(shared.get(signal)).rejects.toThrow("AADSTS700027");
  });

  it("asks a failing upstream once a second at most, and not before it wants to be asked", async () => {
    const { clock, upstream, shared } = setUp();
    upstream.failing = () => outage();
    for (let caller = 0; caller < 20; caller++) await expect(shared.get(signal)).rejects.toThrow("unavailable");
    expect(upstream.calls).toBe(1);
    await clock.advance(1_000);
    upstream.failing = () => outage(90);
    await expect(shared.get(signal)).rejects.toThrow("unavailable");
    await clock.advance(89_000);
    await expect(shared.get(signal)).rejects.toThrow("unavailable");
    expect(upstream.calls).toBe(2);
    upstream.failing = undefined;
    await clock.advance(1_000);
    expect(await shared.get(signal)).toBe("token 3");
  });

  it("is obtained anew once Google has refused it, however many say so", async () => {
    const { upstream, shared } = setUp();
    const token = await shared.get(signal);
    shared.discard(token);
    const next = await shared.get(signal);
    shared.discard(token);
    expect(await shared.get(signal)).toBe(next);
    expect(upstream.calls).toBe(2);
  });

  it("asks again after five minutes, whatever an upstream's Retry-After says", async () => {
    const { clock, upstream, shared } = setUp();
    upstream.failing = () => outage(86_400);
    await expect(shared.get(signal)).rejects.toThrow("unavailable");
    upstream.failing = undefined;
    await clock.advance(5 * minute - 1);
    await expect(shared.get(signal)).rejects.toThrow("unavailable");
    await clock.advance(1);
    expect(await shared.get(signal)).toBe("token 2");
  });

  it("is used on while the issuer's answers cannot be read, as through any outage", async () => {
    const { clock, upstream, shared } = setUp();
    await shared.get(signal);
    upstream.failing = () =>
      new UpstreamError({ upstream: "entra", code: "malformed_response", description: "a page", retryable: false });
    await clock.advance(58 * minute);
    expect(await shared.get(signal)).toBe("token 1");
  });

  it("tells who asks later how much of Retry-After is left", async () => {
    const { clock, upstream, shared } = setUp();
    upstream.failing = () => outage(180);
    await expect(shared.get(signal)).rejects.toMatchObject({ retryAfterSeconds: 180 });
    await clock.advance(150_000);
    await expect(shared.get(signal)).rejects.toMatchObject({ retryAfterSeconds: 30, description: "unavailable" });
    upstream.failing = () => outage();
    await clock.advance(30_000);
    await expect(shared.get(signal)).rejects.toMatchObject({ retryAfterSeconds: undefined });
    await expect(shared.get(signal)).rejects.toMatchObject({ retryAfterSeconds: undefined });
  });
});
