import { type Upstream, UpstreamError } from "../upstream/upstream-error";
import type { ExternalTokenSource } from "./external-token-source";

/**
 * The source without tokens that are over, which Google would refuse in words about sign-ins. Whoever keeps the source fresh
 * may only be late.
 *
 * @param upstream At fault where a token is over.
 */
export function unexpired(source: ExternalTokenSource, upstream: Upstream, now: () => Date): ExternalTokenSource {
  return {
    async fetch(signal) {
      const token = await source.fetch(signal);
      // A number too large for a date makes one that is neither before nor after another.
      const isOver = token.expiresAt !== undefined && token.expiresAt <= now();
      if (token.expiresAt === undefined || !isOver) return token;
      const description = `the external token ended at ${token.expiresAt.toISOString()} by this machine's clock`;
      throw new UpstreamError({ upstream, code: "expired", description, retryable: true });
    },
  };
}
