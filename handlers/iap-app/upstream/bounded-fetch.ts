/** An answer of an outside service, or why there is none, in words that name no secret. */
export type Answer =
  | { readonly ok: true; readonly status: number; readonly headers: Headers; readonly body: Buffer }
  | { readonly ok: false; readonly problem: string };

export interface BoundedRequest {
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds for the whole answer. */
  readonly timeout: number;
  readonly maximumBytes: number;
}

/** Sends one request, bounded in time and size. Never throws. */
export async function boundedFetch(url: string, request: BoundedRequest): Promise<Answer> {
  const { method = "GET", headers = {}, body, timeout, maximumBytes } = request;
  try {
    const response = await fetch(url, {
      method,
      headers: { accept: "application/json", ...headers },
      ...(body === undefined ? {} : { body }),
      // A redirect would take a token to, or a root of trust from, an address that nobody configured.
      redirect: "error",
      signal: AbortSignal.timeout(timeout),
    });
    const bytes = await readBounded(response, maximumBytes);
    if (bytes === undefined) return { ok: false, problem: `the answer is longer than ${maximumBytes} bytes` };
    return { ok: true, status: response.status, headers: response.headers, body: bytes };
  } catch (error) {
    return { ok: false, problem: describe(error) };
  }
}

async function readBounded(response: Response, limit: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength;
    if (length > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** undici says "fetch failed" and puts what happened into the cause. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

/** Seconds of a Retry-After header, given as seconds or as a date (RFC 9110 §10.2.3); undefined where it is neither. */
export function retryAfterSeconds(headers: Headers, now: number): number | undefined {
  const value = headers.get("retry-after");
  if (value === null) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1000));
}
