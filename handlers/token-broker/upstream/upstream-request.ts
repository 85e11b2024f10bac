import { errorCode } from "../../runtime";
import { type Upstream, UpstreamError } from "./upstream-error";

/** A request as the pure builders make it. */
export interface UpstreamRequest {
  readonly upstream: Upstream;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An answer as the pure processors take it. */
export interface UpstreamResponse {
  readonly status: number;
  readonly retryAfterSeconds?: number;
  readonly body: string;
}

/** Sends one request; throws an {@link UpstreamError} when there is no answer. */
export type Send = (request: UpstreamRequest, signal: AbortSignal) => Promise<UpstreamResponse>;

/** Milliseconds until an answer must be complete. */
const timeoutMilliseconds = 5_000;
/** Bytes: a federated token has at most 12 KB. */
const maximumBodyBytes = 64 * 1024;

/**
 * Sends over the network. No redirect is followed, for it would carry an assertion or a token to another place; the size
 * of the answer and the time are bounded.
 */
export const sendOverNetwork: Send = async (request, signal) => {
  const timeout = AbortSignal.timeout(timeoutMilliseconds);
  try {
    const response = await fetch(request.url, {
      method: "POST",
      headers: request.headers,
      body: request.body,
      redirect: "error",
      signal: AbortSignal.any([signal, timeout]),
    });
    const body = await readBounded(response.body);
    if (body === undefined) {
      throw new UpstreamError({
        upstream: request.upstream,
        code: "malformed_response",
        description: `the answer is longer than ${maximumBodyBytes} bytes`,
        httpStatus: response.status,
        retryable: false,
      });
    }
    const retryAfterSeconds = parseRetryAfter(response.headers.get("retry-after"), Date.now());
    return { status: response.status, body, ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }) };
  } catch (error) {
    if (error instanceof UpstreamError) throw error;
    throw noAnswer(request.upstream, error, signal, timeout);
  }
};

function noAnswer(upstream: Upstream, error: unknown, signal: AbortSignal, timeout: AbortSignal): UpstreamError {
  if (timeout.aborted || isTimeout(signal)) {
    return new UpstreamError({ upstream, code: "timeout", description: "no answer in time", retryable: true });
  }
  if (signal.aborted)
    return new UpstreamError({ upstream, code: "aborted", description: "given up", retryable: false });
  return new UpstreamError({ upstream, code: "network", description: networkReason(error), retryable: true });
}

/** The whole way through the chain has a time limit as well, whose end looks like an abort. */
const isTimeout = ({ reason }: AbortSignal): boolean =>
  typeof reason === "object" && reason !== null && "name" in reason && reason.name === "TimeoutError";

/** fetch says only "fetch failed"; the reason (ECONNREFUSED, a certificate's fault) is in the cause. */
function networkReason(error: unknown): string {
  if (typeof error !== "object" || error === null) return "no connection";
  const reason = "cause" in error && typeof error.cause === "object" && error.cause !== null ? error.cause : error;
  const message = "message" in reason ? String(reason.message) : "";
  return `${errorCode(reason) ?? ""} ${message}`.trim() || "no connection";
}

async function readBounded(body: ReadableStream<Uint8Array> | null): Promise<string | undefined> {
  if (body === null) return "";
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > maximumBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Seconds of a Retry-After header, given as seconds or as a date (RFC 9110 §10.2.3); undefined when it is neither. */
export function parseRetryAfter(value: string | null, nowMilliseconds: number): number | undefined {
  if (value === null) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - nowMilliseconds) / 1000));
}
