import type { IncomingMessage } from "node:http";

/**
 * Headers of which Node takes the first and drops the others without a word, and the next reader might take the last one:
 * where a request goes, who sends it, and what it holds.
 */
const onceOnly: ReadonlySet<string> = new Set(["host", "authorization", "content-type"]);

/** Whether a header that says one thing says it once (RFC 9110 §5.3; of Host, RFC 9112 §3.2). */
export function hasEachHeaderOnce({ rawHeaders }: Pick<IncomingMessage, "rawHeaders">): boolean {
  const seen = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? "";
    if (!onceOnly.has(name)) continue;
    if (seen.has(name)) return false;
    seen.add(name);
  }
  return true;
}

/** Whether the request is of a version that this server speaks; Node's parser passes 0.9 and 2.0 on. */
export const isOfKnownVersion = ({ httpVersion }: Pick<IncomingMessage, "httpVersion">): boolean =>
  httpVersion === "1.1" || httpVersion === "1.0";
