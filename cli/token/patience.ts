import { type Deadline, deadlineIn, remaining, systemClock } from "../../handlers/token-broker/clock";

/** Milliseconds between two looks at the clocks: a machine that slept finds out soon after it wakes. */
const look = 1_000;

const now = () => systemClock.now();

/** So many milliseconds from now, by the wall clock and by the one that is never set: whichever is further counts. */
export const after = (milliseconds: number): Deadline => deadlineIn(now(), milliseconds);

/** Milliseconds; zero or less when it has come. */
export const leftUntil = (deadline: Deadline): number => remaining(deadline, now());

/** Resolves at the moment, or when the signal aborts. */
export async function until(moment: Deadline, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const left = leftUntil(moment);
    if (left <= 0) return;
    await pause(Math.min(left, look), signal);
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done);
  });
}

const minute = 60_000;
/** Milliseconds before the broker is asked again, also when it has still the same token, near its end. */
const leastDelay = 5_000;

/**
 * Milliseconds after which to ask the broker again for a token that lives so many: with five minutes left, or a quarter of
 * a short life. The broker itself has a newer one by then.
 */
export const renewalDelay = (life: number): number => Math.max(leastDelay, life - Math.min(5 * minute, life / 4));

/**
 * Milliseconds to wait after the given number of failures in a row: 1 s doubling to 30 s, or what was asked for. While an
 * outage eats up the last good token, no pause of ours is longer than a quarter of what is left of it.
 *
 * @param life Milliseconds that the last good token has left; 0 where there is none.
 */
export function failurePause(failures: number, retryAfterSeconds: number | undefined, life: number): number {
  const atMost = life > 0 ? Math.max(1_000, life / 4) : 30_000;
  const own = Math.min(30_000, 1_000 * 2 ** (failures - 1), atMost);
  return Math.max(own, Math.min(300, retryAfterSeconds ?? 0) * 1_000);
}
