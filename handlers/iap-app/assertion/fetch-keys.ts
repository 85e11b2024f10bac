import type { KeyObject } from "node:crypto";
import { parseJwkSet } from "./jwk-set";

export type FetchedKeys =
  | { readonly ok: true; readonly keys: ReadonlyMap<string, KeyObject>; readonly maxAgeSeconds: number }
  | { readonly ok: false; readonly problem: string };

/** Milliseconds for the whole answer. */
const timeout = 3_000;
const maximumBytes = 64 * 1024;
const maxAge = { default: 300, least: 60, most: 6 * 3600 } as const;

/** Fetches a JWK set, bounded in time and size. Never throws; a problem is told in words that name no secret. */
export async function fetchKeys(url: string): Promise<FetchedKeys> {
  try {
    const response = await fetch(url, {
      headers: { accept: "application/json" },
      // A redirect would move the root of trust to an address that nobody configured.
      redirect: "error",
      signal: AbortSignal.timeout(timeout),
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      return { ok: false, problem: `the key server answered with status ${response.status}` };
    }
    const document = await readBounded(response);
    if (!document) return { ok: false, problem: `the key server's answer is longer than ${maximumBytes} bytes` };
    const keys = parseJwkSet(document);
    if (!keys) return { ok: false, problem: "the key server's answer is no JWK set with ES256 keys of distinct ids" };
    return { ok: true, keys, maxAgeSeconds: lifetime(response.headers) };
  } catch (error) {
    return { ok: false, problem: `the key server was not reached: ${describe(error)}` };
  }
}

async function readBounded(response: Response): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength;
    if (length > maximumBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Seconds that the answer stays fresh (RFC 9111 §5.2.2.1 less §5.1 Age), within bounds of our own. */
function lifetime(headers: Headers): number {
  const directive = /(?:^|[\s,])max-age\s*=\s*"?(\d{1,9})/i.exec(headers.get("cache-control") ?? "");
  if (!directive) return maxAge.default;
  const age = Number(/^\d{1,9}$/.exec(headers.get("age") ?? "")?.[0] ?? 0);
  return Math.min(maxAge.most, Math.max(maxAge.least, Number(directive[1]) - age));
}

/** undici says "fetch failed" and puts what happened into the cause. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
