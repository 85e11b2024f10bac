import { getEventListeners } from "node:events";
import { createServer } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { systemClock } from "./clock";
import { TokenKeeper } from "./keeper/token-keeper";
import { executableSource } from "./sources/executable";
import { kept, target } from "./testing/keeper-fixture";
import { sourceToolsAt } from "./testing/source-tools";
import { isTimeUp, withTimeLimit } from "./time-limit";
import { sendOverNetwork } from "./upstream/upstream-request";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");
const outer = () => new AbortController();

/** Does nothing until the signal aborts, as something does that hangs. */
const hang = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));

describe("withTimeLimit", () => {
  it("aborts when the time is over, and says so", async () => {
    let seen: AbortSignal | undefined;
    const run = (signal: AbortSignal) => {
      seen = signal;
      return hang(signal);
    };
    await expect(withTimeLimit(10, outer().signal, run)).rejects.toMatchObject({ name: "TimeoutError" });
    expect(seen !== undefined && isTimeUp(seen)).toBe(true);
  });

  it("aborts with the signal that it was given, also where that has aborted already", async () => {
    const controller = outer();
    const running = withTimeLimit(10_000, controller.signal, hang);
    controller.abort("told to");
    await expect(running).rejects.toBe("told to");
    const late = withTimeLimit(10_000, controller.signal, async (signal) => [signal.aborted, isTimeUp(signal)]);
    expect(await late).toEqual([true, false]);
  });

  it("leaves neither timer nor listener behind", async () => {
    const { signal } = outer();
    const cleared = jest.spyOn(globalThis, "clearTimeout");
    expect(await withTimeLimit(10_000, signal, async () => "done")).toBe("done");
    await expect(
      withTimeLimit(10_000, signal, () => {
        throw new TypeError("at once");
      }),
    ).rejects.toThrow("at once");
    expect(cleared).toHaveBeenCalledTimes(2);
    expect(getEventListeners(signal, "abort")).toEqual([]);
    cleared.mockRestore();
  });
});

describe("the broker's time limits, while garbage is collected", () => {
  let collecting: NodeJS.Timeout;
  beforeEach(() => {
    collecting = setInterval(collectGarbage, 50);
  });
  afterEach(() => clearInterval(collecting));

  it("end a program that hangs", async () => {
    const source = executableSource(
      { kind: "executable", command: ["/bin/sleep", "60"], timeoutSeconds: 1, environment: [] },
      sourceToolsAt("http://127.0.0.1:1"),
    );
    await expect(source.fetch(outer().signal)).rejects.toMatchObject({ code: "timeout" });
  });

  it("end a request that nobody answers", async () => {
    const server = createServer(() => {}).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/`;
    const answer = sendOverNetwork({ upstream: "entra", url, headers: {} }, outer().signal);
    await expect(answer).rejects.toMatchObject({ code: "timeout", retryable: true });
    server.close();
  });

  it("end a way through the chain that leads nowhere", async () => {
    const keeper = new TokenKeeper([kept(target)], {
      clock: systemClock,
      random: Math.random,
      onEvent: () => {},
      issue: (_, signal) => hang(signal),
      // One second is left of the twenty.
      sourceMilliseconds: -19_000,
    });
    expect(await keeper.get(target)).toMatchObject({ kind: "unavailable" });
  });

  it("count for many at a time, without a warning", async () => {
    const warnings: Error[] = [];
    const warn = (warning: Error) => warnings.push(warning);
    process.on("warning", warn);
    const targets = Array.from({ length: 30 }, (_, index) => kept({ ...target, account: `account-${index}` }));
    const keeper = new TokenKeeper(targets, {
      clock: systemClock,
      random: Math.random,
      onEvent: () => {},
      issue: (_, signal) => hang(signal),
      sourceMilliseconds: -19_500,
    });
    const answers = await Promise.all(targets.map((each) => keeper.get(each.target)));
    expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(["unavailable"]));
    expect(warnings).toEqual([]);
    process.off("warning", warn);
  });
});
