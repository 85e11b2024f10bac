import { createHash } from "node:crypto";
import { accessTargetOf, batchAccount, reportAccount } from "../testing/broker-fixture";
import { holdGate, kept, minute, outage, setUpKeeper, target } from "../testing/keeper-fixture";
import { settle } from "../testing/virtual-clock";

const hash = (text: string) => createHash("sha256").update(text).digest("hex");

describe("TokenKeeper, cold", () => {
  it("exchanges exactly once for ten thousand callers at a time, and gives all of them the token", async () => {
    const { keeper, upstream } = setUpKeeper();
    const open = holdGate(upstream);
    const answers = Array.from({ length: 10_000 }, () => keeper.get(target));
    await settle();
    open();
    const distinct = new Set((await Promise.all(answers)).map((answer) => JSON.stringify(answer)));
    expect([...distinct]).toEqual([
      `{"kind":"token","token":"token 1","tokenSha256":"${hash("token 1")}","remainingSeconds":3600}`,
    ]);
    expect(upstream.calls).toBe(1);
  });

  it("asks an upstream that is down once for ten thousand callers, and tells all of them when to come back", async () => {
    const { keeper, upstream } = setUpKeeper();
    upstream.failing = () => outage();
    const answers = await Promise.all(Array.from({ length: 10_000 }, () => keeper.get(target)));
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
    const { keeper, upstream, clock } = setUpKeeper();
    upstream.failing = () => outage(120);
    await keeper.get(target);
    await clock.advance(60_000);
    expect(await keeper.get(target)).toMatchObject({ kind: "unavailable", retryAfterSeconds: 60 });
    expect(upstream.calls).toBe(1);
    await clock.advance(60_000);
    upstream.failing = undefined;
    expect(await keeper.get(target)).toMatchObject({ kind: "token", token: "token 2" });
  });

  it("keeps tokens of one account with other scopes or another lifetime apart", async () => {
    const readOnly = { ...target, scopes: ["https://www.googleapis.com/auth/bigquery.readonly"] };
    const short = accessTargetOf(batchAccount, 600);
    const { keeper, upstream } = setUpKeeper([target, readOnly, short].map((each) => kept(each)));
    const answers = await Promise.all([target, readOnly, short, { ...target }].map((each) => keeper.get(each)));
    expect(answers.map((answer) => answer.kind === "token" && answer.token)).toEqual([
      "token 1",
      "token 2",
      "token 3",
      "token 1",
    ]);
    expect(upstream.calls).toBe(3);
  });

  it("rejects a target that it does not keep", async () => {
    const { keeper } = setUpKeeper();
    await expect(keeper.get(accessTargetOf(reportAccount))).rejects.toThrow(RangeError);
  });

  it("fetches a lazy target when it is asked for, and keeps it fresh while it is used", async () => {
    const idToken = { kind: "id_token", account: batchAccount, audience: "https://a.example" } as const;
    const { keeper, upstream, clock } = setUpKeeper([kept(idToken, true)]);
    keeper.start();
    await clock.advance(10 * minute);
    expect(upstream.calls).toBe(0);
    expect(keeper.readiness).toEqual({ ready: 0, kept: 0 });
    await keeper.get(idToken);
    await keeper.get(idToken);
    await clock.advance(56 * minute);
    expect(upstream.calls).toBe(2);
    await clock.advance(120 * minute);
    expect(upstream.calls).toBe(2);
    expect(await keeper.get(idToken)).toMatchObject({ kind: "token", token: "token 3" });
  });
});

describe("TokenKeeper, when the policy changes", () => {
  const other = accessTargetOf(reportAccount);

  it("keeps what stays, fetches what is new and forgets what is gone", async () => {
    const { keeper, upstream } = setUpKeeper([kept(target)]);
    keeper.start();
    await settle();
    keeper.keep([kept({ ...target }), kept(other)]);
    await settle();
    expect(upstream.calls).toBe(2);
    expect(await keeper.get(target)).toMatchObject({ token: "token 1" });
    expect(keeper.readiness).toEqual({ ready: 2, kept: 2 });
    keeper.keep([kept(other)]);
    await expect(keeper.get(target)).rejects.toThrow(RangeError);
    expect(keeper.tokens.map(({ target: { account } }) => account)).toEqual([reportAccount]);
  });

  it("gives nothing to who began to wait under another policy, but at once when he asks again", async () => {
    const { keeper, upstream } = setUpKeeper([kept(target)]);
    const open = holdGate(upstream);
    const waiting = keeper.get(target);
    await settle();
    keeper.keep([kept({ ...target })]);
    open();
    expect(await waiting).toEqual({
      kind: "unavailable",
      reason: "upstream_unavailable",
      description: "the policy changed while the token was waited for",
      retryAfterSeconds: 1,
    });
    expect(await keeper.get(target)).toMatchObject({ token: "token 1" });
    expect(upstream.calls).toBe(1);
  });

  it("tells age and remaining life of each token", async () => {
    const { keeper, clock } = setUpKeeper();
    expect(keeper.tokens).toEqual([]);
    keeper.start();
    await clock.advance(10 * minute);
    expect(keeper.tokens).toEqual([{ target, age: 600, remaining: 3000 }]);
  });
});
