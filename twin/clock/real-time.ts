/**
 * The real time, whatever the movable clock says: milliseconds since 1970, from the monotonic clock that the clock leaves
 * alone. For what OpenSSL and the kernel check, such as the validity of TLS certificates.
 */
export const realNow = (): number => Math.round(performance.timeOrigin + performance.now());
