const second = 1_000;
const minute = 60 * second;

/** Milliseconds: no token is kept longer without a refresh. */
const longestUntouched = 55 * minute;
/** Milliseconds of life that a refresh leaves, so that an outage has time to end. */
const longestBuffer = 5 * minute;

/**
 * When to refresh a token, in milliseconds from its issuance: at 55 minutes or at the lifetime less a buffer, whichever
 * comes first. The buffer is five minutes, or a quarter of a short lifetime; up to a fifth of it is jitter, earlier, so
 * that tokens of many instances are not refreshed at once.
 *
 * @param random From 0 to below 1.
 */
export function refreshDelay(lifetimeMilliseconds: number, random: number): number {
  const buffer = Math.min(longestBuffer, lifetimeMilliseconds / 4);
  return Math.min(longestUntouched, lifetimeMilliseconds - buffer) - (random * buffer) / 5;
}

const longestOutagePause = 30 * second;
const refusalPause = 30 * second;
const longestRetryAfter = 5 * minute;

/** The pause that Retry-After asked for, in milliseconds: at most five minutes, for nobody is believed for longer. */
export const askedPause = (retryAfterSeconds: number | undefined): number =>
  Math.min(longestRetryAfter, (retryAfterSeconds ?? 0) * second);

/**
 * When to try again after a failure, in milliseconds: 1 s doubling to 30 s in an outage, 30 s after a refusal (which ends
 * when somebody changes the cloud, seen there minutes later); jittered, and never before what Retry-After asked for, up to
 * five minutes. While an outage eats up the last good token, no pause is longer than a quarter of what is left of it: when
 * the outage ends before the token, there is a new one in time.
 *
 * @param failure.isOutage Whether it may end by itself.
 * @param failure.failures How many attempts have failed in a row, this one included.
 * @param failure.remainingMilliseconds Life of the last good token; 0 where there is none.
 */
export function retryDelay(
  failure: {
    readonly isOutage: boolean;
    readonly retryAfterSeconds: number | undefined;
    readonly failures: number;
    readonly remainingMilliseconds: number;
  },
  random: number,
): number {
  const { isOutage, failures, remainingMilliseconds } = failure;
  const atMost = remainingMilliseconds > 0 ? Math.max(second, remainingMilliseconds / 4) : longestOutagePause;
  const pause = isOutage ? Math.min(longestOutagePause, second * 2 ** (failures - 1), atMost) : refusalPause;
  return Math.max(pause * (0.75 + random / 4), askedPause(failure.retryAfterSeconds));
}
