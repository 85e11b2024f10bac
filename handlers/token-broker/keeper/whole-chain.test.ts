import fc from "fast-check";
import { tokenTypes } from "../../../facts/token-exchange";
import { readEndpoints } from "../../runtime";
import { tokenChain } from "../exchange/issue-token";
import { accessTargetOf, audience, batchAccount, reportAccount } from "../testing/broker-fixture";
import { startFrontBroker } from "../testing/front-broker";
import { kept, minute } from "../testing/keeper-fixture";
import { VirtualClock } from "../testing/virtual-clock";
import { UpstreamError } from "../upstream/upstream-error";
import type { Send, UpstreamResponse } from "../upstream/upstream-request";
import { TokenKeeper } from "./token-keeper";

const second = 1_000;
const targets = [accessTargetOf(batchAccount), accessTargetOf(reportAccount, 600)];

/** Ways in which Google, or what stands before it, does not answer as it should. */
const failures: Readonly<Record<string, () => UpstreamResponse>> = {
  "503": () => ({ status: 503, body: "busy" }),
  "429 with Retry-After": () => ({ status: 429, body: "", retryAfterSeconds: 5 }),
  "a page": () => ({ status: 200, body: "<html>sign in to the network</html>" }),
  "no connection": () => {
    throw new UpstreamError({ upstream: "iam-credentials", code: "network", description: "", retryable: true });
  },
};

/**
 * Keeper and chain as the broker puts them together, and a Google whose clock is `skew` milliseconds before ours and that
 * knows when each of its tokens ends.
 */
function setUp({
  skew = 0,
  latency = 0,
  failure,
}: {
  skew?: number;
  latency?: number;
  failure?: () => UpstreamResponse;
} = {}) {
  const clock = new VirtualClock();
  const google = { failure, skew, calls: 0, ends: new Map<string, number>() };
  const issue = (seconds: number) => {
    const token = `token-${google.ends.size}`;
    const end = clock.now().wall + google.skew + seconds * second;
    google.ends.set(token, end);
    return { token, end };
  };
  const send: Send = async (request, signal) => {
    google.calls++;
    await clock.sleep(latency, signal);
    if (google.failure !== undefined) return google.failure();
    if (request.upstream === "security-token-service") {
      const access = { access_token: issue(3599).token, issued_token_type: tokenTypes.accessToken };
      return { status: 200, body: JSON.stringify({ ...access, token_type: "Bearer", expires_in: 3599 }) };
    }
    const bearer = request.headers["authorization"]?.replace("Bearer ", "") ?? "";
    if ((google.ends.get(bearer) ?? 0) <= clock.now().wall + google.skew) return { status: 401, body: "" };
    const seconds = Number(/"lifetime":"(\d+)s"/.exec(request.body ?? "")?.[1]);
    const { token, end } = issue(seconds);
    // The answer is as long on its way as the request was.
    await clock.sleep(latency, signal);
    return { status: 200, body: JSON.stringify({ accessToken: token, expireTime: new Date(end).toISOString() }) };
  };
  const source = { fetch: async () => ({ token: "external", type: tokenTypes.jwt, expiresAt: undefined }) };
  const random = () => 0.5;
  const keeper = new TokenKeeper(
    targets.map((each) => kept(each)),
    {
      clock,
      random,
      onEvent: () => {},
      issue: tokenChain(source, audience, { send, clock, random, endpoints: readEndpoints({}) }),
    },
  );
  return { clock, google, keeper, googleTime: () => clock.now().wall + google.skew };
}

describe("keeper and chain together", () => {
  it("give every read a token that Google still takes, through outages shorter than a token's buffer", async () => {
    const outage = fc.record({
      after: fc.integer({ min: 10, max: 1_800 }),
      // Of ten minutes a token has two and a half left when it is renewed, less jitter and the way there.
      seconds: fc.integer({ min: 1, max: 130 }),
      kind: fc.constantFrom(...Object.keys(failures)),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(outage, { minLength: 3, maxLength: 6 }),
        fc.integer({ min: -10, max: 90 }),
        fc.integer({ min: 0, max: 4 }),
        async (outages, skewSeconds, latencySeconds) => {
          const { clock, google, keeper, googleTime } = setUp({
            skew: skewSeconds * second,
            latency: latencySeconds * second,
          });
          const read = async (seconds: number) => {
            for (let passed = 0; passed < seconds; passed += 5) {
              await clock.advance(5 * second);
              for (const target of targets) {
                const answer = await keeper.get(target);
                if (answer.kind !== "token") throw new Error(answer.description);
                expect(google.ends.get(answer.token)).toBeGreaterThan(googleTime());
              }
            }
          };
          keeper.start();
          await clock.advance(minute);
          for (const { after, seconds, kind } of outages) {
            await read(after);
            google.failure = failures[kind];
            await read(seconds);
            google.failure = undefined;
          }
          keeper.stop();
        },
      ),
      { numRuns: 8 },
    );
  });

  it.each([0, 90])(
    "give no token that has ended, with a clock that is %d s slow and answers that take long",
    async (skew) => {
      const { clock, google, keeper, googleTime } = setUp({ skew: skew * second, latency: 4 * second });
      keeper.start();
      await clock.advance(minute);
      google.failure = failures["no connection"];
      let reads = 0;
      for (let passed = 0; passed < 70 * 60; passed++) {
        await clock.advance(second);
        for (const target of targets) {
          const answer = keeper.peek(target, clock.now());
          if (answer === undefined) continue;
          reads++;
          expect(google.ends.get(answer.token)).toBeGreaterThan(googleTime());
        }
      }
      expect(reads).toBeGreaterThan(59 * 60);
      expect(keeper.readiness.ready).toBe(0);
      keeper.stop();
    },
  );

  it.each([
    ["sleeps, as long as it likes", 0],
    ["has its clock set, to and fro", 1],
  ])("give no token that has ended, and a good one soon, where the machine %s", async (_, isSet) => {
    const jump = fc.record({ after: fc.integer({ min: 1, max: 4_000 }), by: fc.integer({ min: -7_200, max: 7_200 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(jump, { minLength: 2, maxLength: 5 }), async (jumps) => {
        const { clock, google, keeper, googleTime } = setUp();
        const read = () =>
          targets.map((target) => {
            const answer = keeper.peek(target, clock.now());
            if (answer !== undefined) expect(google.ends.get(answer.token)).toBeGreaterThan(googleTime());
            return answer;
          });
        keeper.start();
        for (const { after, by } of jumps) {
          for (let passed = 0; passed < after; passed += 20) {
            await clock.advance(20 * second);
            expect(read()).not.toContain(undefined);
          }
          const milliseconds = (isSet === 1 ? by : Math.abs(by)) * second;
          clock.jump(milliseconds);
          // Asleep or not, Google's clock goes on; it does not jump with ours.
          if (isSet === 1) google.skew -= milliseconds;
          read();
          await clock.advance(3 * second);
          // A clock that is ahead by more than a token's life makes every token one that has ended.
          if (google.skew < -540 * second) {
            clock.jump(google.skew);
            google.skew = 0;
            await clock.advance(40 * second);
          }
          expect(read()).not.toContain(undefined);
        }
        keeper.stop();
      }),
      { numRuns: 8 },
    );
  });

  it("ask again after five minutes, whatever an upstream's Retry-After says", async () => {
    const { clock, google, keeper } = setUp({
      failure: () => ({ status: 503, body: "", retryAfterSeconds: 999_999_999 }),
    });
    keeper.start();
    await clock.advance(second);
    expect(google.calls).toBeGreaterThan(0);
    google.failure = undefined;
    await clock.advance(5 * minute + second);
    expect(keeper.readiness).toEqual({ ready: 2, kept: 2 });
    keeper.stop();
  });

  it("ask an upstream that is down at a bounded pace, however many accounts and callers there are", async () => {
    const { clock, google, keeper } = setUp({ failure: failures["503"] ?? (() => ({ status: 503, body: "" })) });
    keeper.start();
    for (let passed = 0; passed < 600; passed++) {
      await clock.advance(second);
      // Nobody waits here: the pauses of the chain pass only when the clock moves on.
      for (const target of targets) void keeper.get(target);
    }
    // Three tries for each of some twenty-five attempts in ten minutes, and the federated token is one for both accounts.
    expect(google.calls).toBeGreaterThan(30);
    expect(google.calls).toBeLessThan(150);
    keeper.stop();
  });
});

describe("a broker whose source is a program", () => {
  it("gives the program the time that the configuration does", async () => {
    const timers = jest.spyOn(globalThis, "setTimeout");
    const broker = await startFrontBroker({
      source: { kind: "executable", command: ["/bin/false"], timeoutSeconds: 60 },
    });
    expect(await broker.keeper.get(accessTargetOf(batchAccount))).toMatchObject({ kind: "unavailable" });
    expect(timers).toHaveBeenCalledWith(expect.any(Function), 80_000);
    timers.mockRestore();
    await broker.close();
  });
});
