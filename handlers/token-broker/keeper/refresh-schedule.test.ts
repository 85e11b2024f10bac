import { refreshDelay, retryDelay } from "./refresh-schedule";

const minutes = (count: number) => count * 60_000;

describe("refreshDelay", () => {
  it.each([
    ["an hour", minutes(60), minutes(55)],
    ["twelve hours", minutes(720), minutes(55)],
    ["half an hour", minutes(30), minutes(25)],
    ["five minutes", minutes(5), minutes(3.75)],
    ["one minute", minutes(1), minutes(0.75)],
  ])("of a token of %s leaves a buffer", (_, lifetime, expected) => {
    expect(refreshDelay(lifetime, 0)).toBe(expected);
  });

  it("is drawn forward by up to a fifth of the buffer, so that instances do not refresh together", () => {
    expect(refreshDelay(minutes(60), 0.999_999)).toBeCloseTo(minutes(54), -3);
    expect(refreshDelay(minutes(60), 0.5)).toBe(minutes(54.5));
  });
});

describe("retryDelay", () => {
  const outage = { isOutage: true, retryAfterSeconds: undefined, remainingMilliseconds: 0 };

  it("doubles from a second to half a minute in an outage", () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 500].map((failures) => retryDelay({ ...outage, failures }, 1));
    expect(delays).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  it("is jittered down by up to a quarter", () => {
    expect(retryDelay({ ...outage, failures: 6 }, 0)).toBe(22_500);
  });

  it("is at most a quarter of what is left of the last good token, and at least a second", () => {
    const delays = [60_000, 20_000, 8_000, 2_000].map((remainingMilliseconds) =>
      retryDelay({ ...outage, failures: 9, remainingMilliseconds }, 1),
    );
    expect(delays).toEqual([15_000, 5_000, 2_000, 1_000]);
  });

  it("is half a minute after a refusal, from the first", () => {
    expect(retryDelay({ ...outage, isOutage: false, failures: 1 }, 1)).toBe(30_000);
  });

  it("is never shorter than Retry-After, which counts up to five minutes", () => {
    expect(retryDelay({ ...outage, retryAfterSeconds: 45, failures: 1 }, 0)).toBe(45_000);
    expect(retryDelay({ ...outage, retryAfterSeconds: 1e9, failures: 1 }, 0)).toBe(300_000);
  });
});
