import { VirtualClock } from "../testing/virtual-clock";
import { withRetries } from "./retry";
import { UpstreamError } from "./upstream-error";

const failure = (retryable: boolean, retryAfterSeconds?: number) =>
  new UpstreamError({
    upstream: "entra",
    code: "http_503",
    description: "",
    retryable,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  });

/** Runs an operation that fails with each error in turn and then succeeds; says when each attempt was made. */
async function run(errors: readonly Error[], signal = new AbortController().signal) {
  const clock = new VirtualClock();
  const attempts: number[] = [];
  const operation = async () => {
    const error = errors[attempts.length];
    attempts.push(clock.now().monotonic);
    if (error !== undefined) throw error;
    return "done";
  };
  const outcome = withRetries(operation, signal, { clock, random: () => 0.999_999 }).catch((error: unknown) => error);
  await clock.advance(10_000);
  return { outcome: await outcome, attempts };
}

describe("withRetries", () => {
  it("tries again after a pause that doubles", async () => {
    const { outcome, attempts } = await run([failure(true), failure(true)]);
    expect(outcome).toBe("done");
    expect(attempts.map(Math.round)).toEqual([0, 250, 750]);
  });

  it("gives up after the third attempt", async () => {
    const last = failure(true);
    const { outcome, attempts } = await run([failure(true), failure(true), last]);
    expect(outcome).toBe(last);
    expect(attempts).toHaveLength(3);
  });

  it("does not try again what will not pass", async () => {
    for (const error of [failure(false), new TypeError("ours")]) {
      expect(await run([error])).toEqual({ outcome: error, attempts: [0] });
    }
  });

  it("waits as long as Retry-After asks, when that is short", async () => {
    const { outcome, attempts } = await run([failure(true, 2)]);
    expect(outcome).toBe("done");
    expect(attempts).toEqual([0, 2_000]);
  });

  it("leaves a long Retry-After to the keeper", async () => {
    const error = failure(true, 30);
    expect(await run([error])).toEqual({ outcome: error, attempts: [0] });
  });

  it("ends the pause when it is given up", async () => {
    const controller = new AbortController();
    const error = failure(true);
    const running = run([error], controller.signal);
    controller.abort();
    expect(await running).toEqual({ outcome: error, attempts: [0] });
  });
});
