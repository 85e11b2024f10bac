import type { Clock } from "../clock";
import { UpstreamError } from "./upstream-error";

const attempts = 3;
/** Milliseconds before the second attempt; doubled for the third. */
const firstPause = 250;
/** Milliseconds: whoever asks for a longer pause with Retry-After is not asked again now, but by the keeper, later. */
const longestPause = 2_000;

export interface RetryTools {
  readonly clock: Clock;
  /** From 0 to below 1, as Math.random. */
  readonly random: () => number;
}

/**
 * Tries up to three times while the failure is one that may pass ({@link UpstreamError.retryable}), with a jittered pause
 * in between. Everything else is thrown at once.
 */
export async function withRetries<Result>(
  operation: () => Promise<Result>,
  signal: AbortSignal,
  { clock, random }: RetryTools,
): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await operation();
    } catch (error) {
      if (!(error instanceof UpstreamError) || !error.retryable || attempt === attempts) throw error;
      const backOff = firstPause * 2 ** (attempt - 1) * (0.5 + random() / 2);
      const pause = Math.max(backOff, (error.retryAfterSeconds ?? 0) * 1000);
      if (pause > longestPause) throw error;
      await clock.sleep(pause, signal);
      if (signal.aborted) throw error;
    }
  }
}
