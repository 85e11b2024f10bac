/** One reading of both clocks, in milliseconds. */
export interface Instant {
  /** Since the epoch; jumps when the clock is set or the machine was asleep. */
  readonly wall: number;
  /** Since some start; never jumps, but may stand still while the machine sleeps. */
  readonly monotonic: number;
}

export interface Clock {
  now(): Instant;
  /** Resolves after the time, or early when the signal aborts. At most a few seconds: long waits look at `now` in a tick. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** Calls back again and again; returns what stops it. */
  every(milliseconds: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  // Date is read at each call, never kept: the local twin shifts it.
  now: () => ({ wall: Date.now(), monotonic: performance.now() }),
  sleep: (milliseconds, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      signal.addEventListener("abort", done);
    }),
  every: (milliseconds, callback) => {
    const timer = setInterval(callback, milliseconds);
    timer.unref();
    return () => clearInterval(timer);
  },
};

/**
 * A moment on both clocks. It has come when either clock says so: the wall clock knows of sleep, the monotonic clock is
 * not fooled when the wall clock is set back. For an expiry this errs towards "expired", for a refresh towards "now".
 */
export type Deadline = Instant;

export const deadlineIn = (now: Instant, milliseconds: number): Deadline => ({
  wall: now.wall + milliseconds,
  monotonic: now.monotonic + milliseconds,
});

/** Milliseconds left; zero or less when it has come. */
export const remaining = (deadline: Deadline, now: Instant): number =>
  Math.min(deadline.wall - now.wall, deadline.monotonic - now.monotonic);
