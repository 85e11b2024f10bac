import type { KeyObject } from "node:crypto";
import { boundedFetch } from "../upstream/bounded-fetch";
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
  const answer = await boundedFetch(url, { timeout, maximumBytes });
  if (!answer.ok) return { ok: false, problem: `the key server gave no usable answer: ${answer.problem}` };
  if (answer.status !== 200) return { ok: false, problem: `the key server answered with status ${answer.status}` };
  const keys = parseJwkSet(answer.body);
  if (!keys) return { ok: false, problem: "the key server's answer is no JWK set with ES256 keys of distinct ids" };
  return { ok: true, keys, maxAgeSeconds: lifetime(answer.headers) };
}

/** Seconds that the answer stays fresh (RFC 9111 §5.2.2.1 less §5.1 Age), within bounds of our own. */
function lifetime(headers: Headers): number {
  const directive = /(?:^|[\s,])max-age\s*=\s*"?(\d{1,9})/i.exec(headers.get("cache-control") ?? "");
  if (!directive) return maxAge.default;
  const age = Number(/^\d{1,9}$/.exec(headers.get("age") ?? "")?.[0] ?? 0);
  return Math.min(maxAge.most, Math.max(maxAge.least, Number(directive[1]) - age));
}
