/** Milliseconds between two looks at the clock: a machine that slept finds out soon after it wakes. */
const look = 1_000;

/** Resolves at the moment, by the wall clock, or when the signal aborts. */
export async function until(moment: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const left = moment - Date.now();
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

/**
 * When to ask the broker again for a token that ends at `expiry`: with five minutes left, or a quarter of a short life. The
 * broker itself has a newer one by then.
 */
export function renewalTime(now: number, expiry: number): number {
  const left = expiry - now;
  return expiry - Math.min(5 * minute, left / 4);
}

/** Milliseconds to wait after the given number of failures in a row: 1 s doubling to 30 s, or what was asked for. */
export function failurePause(failures: number, retryAfterSeconds: number | undefined): number {
  return Math.max(Math.min(30_000, 1_000 * 2 ** (failures - 1)), Math.min(300, retryAfterSeconds ?? 0) * 1_000);
}
