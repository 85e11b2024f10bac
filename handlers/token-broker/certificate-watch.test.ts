import { createLogger } from "../runtime";
import { CertificateWatch } from "./certificate-watch";
import { VirtualClock } from "./testing/virtual-clock";

const hour = 3_600_000;
const day = 24 * hour;

describe("CertificateWatch", () => {
  it("warns once a day from two weeks before the end, louder in the last days, and forgets what was renewed", async () => {
    const clock = new VirtualClock();
    const lines: string[] = [];
    let end = new Date(clock.now().wall + 20 * day);
    const watch = new CertificateWatch(
      () => new Map([["listener", end]]),
      clock,
      createLogger("test", { write: (line) => lines.push(line) }),
    );
    const stop = watch.start();
    const said = () =>
      lines.splice(0).map((line): [unknown, unknown] => {
        const { severity, message } = JSON.parse(line);
        return [severity, message];
      });
    expect(said()).toEqual([]);
    clock.jump(7 * day);
    await clock.advance(60_000);
    expect(said()).toEqual([["WARNING", "listener ends in 12 days"]]);
    await clock.advance(12 * hour);
    expect(said()).toEqual([]);
    await clock.advance(12 * hour);
    expect(said()).toEqual([["WARNING", "listener ends in 11 days"]]);
    clock.jump(9 * day);
    await clock.advance(60_000);
    expect(said()).toEqual([["ERROR", "listener ends in 2 days"]]);
    clock.jump(3 * day);
    await clock.advance(60_000);
    expect(said()).toEqual([["ERROR", "listener has ended"]]);
    end = new Date(clock.now().wall + 30 * day);
    clock.jump(2 * day);
    await clock.advance(60_000);
    expect(said()).toEqual([]);
    stop();
    expect(clock.intervals).toBe(0);
  });
});
