import { createLogger } from "../runtime";
import { type CertificateLife, CertificateWatch } from "./certificate-watch";
import { VirtualClock } from "./testing/virtual-clock";

const hour = 3_600_000;
const day = 24 * hour;

/** A watch over the listener's certificate, and what it has said since the last time. */
function watching(lifeFrom: (wall: number) => CertificateLife) {
  const clock = new VirtualClock();
  const lines: string[] = [];
  const state = { life: lifeFrom(clock.now().wall) };
  const watch = new CertificateWatch(
    () => new Map([["listener", state.life]]),
    clock,
    createLogger("test", { write: (line) => lines.push(line) }),
  );
  const stop = watch.start();
  const said = () =>
    lines.splice(0).map((line): [unknown, unknown] => {
      const { severity, message } = JSON.parse(line);
      return [severity, message];
    });
  return { clock, state, stop, said };
}

describe("CertificateWatch", () => {
  it("warns once a day from two weeks before the end, louder in the last days, and forgets what was renewed", async () => {
    const lifeFrom = (wall: number) => ({ notBefore: new Date(wall - 70 * day), notAfter: new Date(wall + 20 * day) });
    const { clock, state, stop, said } = watching(lifeFrom);
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
    state.life = { notBefore: undefined, notAfter: new Date(clock.now().wall + 30 * day) };
    clock.jump(2 * day);
    await clock.advance(60_000);
    expect(said()).toEqual([]);
    stop();
    expect(clock.intervals).toBe(0);
  });

  it("leaves a certificate of a day alone until its renewal is late, and does not hold the alarm back for a day", async () => {
    const lifeFrom = (wall: number) => ({ notBefore: new Date(wall), notAfter: new Date(wall + day) });
    const { clock, stop, said } = watching(lifeFrom);
    clock.jump(17 * hour);
    await clock.advance(60_000);
    expect(said()).toEqual([]);
    clock.jump(hour);
    await clock.advance(60_000);
    expect(said()).toEqual([["WARNING", "listener ends in 5 hours"]]);
    clock.jump(4 * hour);
    await clock.advance(60_000);
    expect(said()).toEqual([["ERROR", "listener ends in 117 minutes"]]);
    await clock.advance(60_000);
    expect(said()).toEqual([]);
    stop();
  });
});
