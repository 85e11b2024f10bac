import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { installMovableClock, type MovableClock } from "./movable-clock";
import { realNow } from "./real-time";

const run = promisify(execFile);
const hour = 3_600_000;

describe("movable clock", () => {
  const RealDate = Date;
  const before = new Date();
  let clock: MovableClock;

  beforeEach(() => {
    clock = installMovableClock();
  });
  afterEach(() => clock.uninstall());

  it("moves Date.now, new Date and Date() together and leaves performance.now alone", () => {
    const [now, monotonic] = [RealDate.now(), performance.now()];
    clock.advance(24 * hour);
    expect(Date.now() - now).toBeGreaterThanOrEqual(24 * hour);
    expect(Date.now() - now).toBeLessThan(24 * hour + 5_000);
    expect(Math.abs(Date.parse(new Date().toISOString()) - Date.now())).toBeLessThan(1_000);
    expect(Math.abs(RealDate.parse(Date()) - Date.now())).toBeLessThan(2_000);
    expect(performance.now() - monotonic).toBeLessThan(5_000);
    expect(Math.abs(realNow() - now)).toBeLessThan(5_000);
  });

  it("adds up moves, forwards and back", () => {
    clock.advance(hour);
    clock.advance(2 * hour);
    clock.advance(-hour);
    expect(clock.offset).toBe(2 * hour);
  });

  it("leaves dates with a stated time as they are", () => {
    clock.advance(hour);
    expect(new Date(0).toISOString()).toBe("1970-01-01T00:00:00.000Z");
    expect(new Date(2026, 0, 2).getDate()).toBe(2);
    expect(new Date("2026-01-01T00:00:00Z").getTime()).toBe(Date.UTC(2026, 0, 1));
    expect(Date.parse("2026-01-01T00:00:00Z")).toBe(1_767_225_600_000);
    expect(Number.isNaN(new Date(Number.NaN).getTime())).toBe(true);
  });

  it("keeps instanceof, constructor and subclasses working across old and new dates", () => {
    clock.advance(hour);
    class Deadline extends Date {
      readonly kind = "deadline";
    }
    const deadline = new Deadline();
    expect(deadline).toBeInstanceOf(Deadline);
    expect(deadline).toBeInstanceOf(Date);
    expect(deadline.getTime()).toBeGreaterThan(RealDate.prototype.getTime.call(before) + hour - 1);
    expect(before).toBeInstanceOf(Date);
    expect(new Date()).toBeInstanceOf(RealDate);
    expect(new Date().constructor).toBe(Date);
    expect(Date.name).toBe("Date");
    expect(Date.length).toBe(7);
  });

  it("tells listeners the new offset until they unsubscribe", () => {
    const heard: number[] = [];
    const unsubscribe = clock.onChange((offset) => heard.push(offset));
    clock.advance(5);
    unsubscribe();
    clock.advance(5);
    expect(heard).toEqual([5]);
  });

  it("refuses what is no whole number of milliseconds and stays where it was", () => {
    for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, 0.5]) {
      expect(() => clock.advance(wrong)).toThrow(RangeError);
    }
    expect(clock.offset).toBe(0);
  });

  it("puts the real Date back", () => {
    clock.advance(hour);
    clock.uninstall();
    expect(Date).toBe(RealDate);
    expect(Math.abs(Date.now() - realNow())).toBeLessThan(5_000);
    expect(new Date().constructor).toBe(RealDate);
  });

  it("is one clock a process", () => {
    expect(() => installMovableClock()).toThrow("already movable");
  });

  it("works in a plain Node process, for libraries of either module system", async () => {
    const program = `
      const { installDateShift } = require(${JSON.stringify(join(__dirname, "shift-date.cjs"))});
      const kept = Date;
      installDateShift().setOffset(${24 * hour});
      const real = performance.timeOrigin + performance.now();
      const hours = (time) => Math.round((time - real) / ${hour});
      import("data:text/javascript,export default Date.now()").then((module) =>
        console.log(JSON.stringify([hours(Date.now()), hours(+new Date()), hours(kept.now()), hours(module.default)])));
    `;
    const { stdout } = await run(process.execPath, ["-e", program]);
    expect(JSON.parse(stdout)).toEqual([24, 24, 24, 24]);
  });
});
