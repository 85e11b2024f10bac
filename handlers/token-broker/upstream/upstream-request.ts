import { Agent, type Dispatcher, EnvHttpProxyAgent, request as send } from "undici";
import { ConfigurationError, type EnvironmentVariables, errorCode } from "../../runtime";
import { isTimeUp, withTimeLimit } from "../time-limit";
import { type Upstream, UpstreamError } from "./upstream-error";

/** A request as the pure builders make it. */
export interface UpstreamRequest {
  readonly upstream: Upstream;
  /** POST unless given. */
  readonly method?: "GET" | "POST" | "PUT";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** What the request proves itself by, which no refusal may repeat. */
  readonly secrets?: readonly string[];
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

const connectionOptions = { connections: 16, pipelining: 1, connect: { timeout: timeoutMilliseconds } } as const;

/** Connections are kept and shared by all requests of the process; made at the first one. */
const dispatchers: { direct?: Dispatcher; proxied?: Dispatcher } = {};

/**
 * Metadata servers answer only who is near: plain HTTP never goes by way of a proxy. For the rest `HTTPS_PROXY` and
 * `NO_PROXY` count, as a data centre without a way of its own to the internet needs it.
 */
function dispatcherFor(url: string): Dispatcher {
  const hasProxy = (process.env["HTTPS_PROXY"] ?? process.env["https_proxy"] ?? "") !== "";
  if (!hasProxy || !url.startsWith("https:")) {
    dispatchers.direct ??= new Agent(connectionOptions);
    return dispatchers.direct;
  }
  dispatchers.proxied ??= new EnvHttpProxyAgent(connectionOptions);
  return dispatchers.proxied;
}

/** Whether the way out is one at all. @throws {ConfigurationError} */
export function checkProxy(environment: EnvironmentVariables): void {
  const problems = ["HTTPS_PROXY", "https_proxy"].flatMap((name) => {
    const value = environment[name] ?? "";
    const isProxy = value === "" || /^https?:$/.test(URL.canParse(value) ? new URL(value).protocol : "");
    return isProxy ? [] : [`${name}: expected the URL of a proxy, such as http://proxy.ailab.com:3128`];
  });
  if (problems.length > 0) throw new ConfigurationError(problems);
}

/**
 * Sends over the network. No redirect is followed, for it would carry an assertion or a token to another place; the size
 * of the answer and the time are bounded.
 */
export const sendOverNetwork: Send = (request, signal) =>
  withTimeLimit(timeoutMilliseconds, signal, (limited) => sendWithin(request, limited));

async function sendWithin(request: UpstreamRequest, signal: AbortSignal): Promise<UpstreamResponse> {
  try {
    const { statusCode, headers, body } = await send(request.url, {
      dispatcher: dispatcherFor(request.url),
      method: request.method ?? "POST",
      headers: request.headers,
      body: request.body ?? null,
      signal,
    });
    const text = await readBounded(body);
    if (text === undefined || isRedirect(statusCode)) {
      throw new UpstreamError({
        upstream: request.upstream,
        code: text === undefined ? "malformed_response" : `http_${statusCode}`,
        description:
          text === undefined
            ? `the answer is longer than ${maximumBodyBytes} bytes`
            : "the answer points elsewhere, where nothing is sent",
        httpStatus: statusCode,
        retryable: false,
      });
    }
    const retryAfter = headers["retry-after"];
    const retryAfterSeconds = parseRetryAfter(typeof retryAfter === "string" ? retryAfter : null, Date.now());
    return {
      status: statusCode,
      body: statusCode === 200 ? text : withoutEchoes(text, request.secrets),
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    };
  } catch (error) {
    if (error instanceof UpstreamError) throw error;
    throw noAnswer(request.upstream, error, signal);
  }
}

/** Words of an upstream go into logs and to clients; some repeat what they refuse, in whatever form a token has. */
const withoutEchoes = (text: string, secrets: readonly string[] = []): string =>
  secrets.reduce((cleaned, secret) => (secret === "" ? cleaned : cleaned.replaceAll(secret, "[redacted]")), text);

const isRedirect = (status: number): boolean => status >= 300 && status < 400;

function noAnswer(upstream: Upstream, error: unknown, signal: AbortSignal): UpstreamError {
  if (isTimeUp(signal)) {
    return new UpstreamError({ upstream, code: "timeout", description: "no answer in time", retryable: true });
  }
  if (signal.aborted)
    return new UpstreamError({ upstream, code: "aborted", description: "given up", retryable: false });
  const remedy = certificateRemedies[errorCode(error) ?? ""];
  return new UpstreamError({
    upstream,
    code: "network",
    description: networkReason(error),
    ...(remedy !== undefined && { remedy }),
    retryable: true,
  });
}

const unknownAuthority =
  "something on the way may show a certificate of its own; name its authority's file in NODE_EXTRA_CA_CERTS";
/** What to do about the faults of a server's certificate, by OpenSSL's names: in a company's network they are common. */
const certificateRemedies: Readonly<Record<string, string>> = {
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  CERT_NOT_YET_VALID: "set this machine's clock",
  CERT_HAS_EXPIRED: "set this machine's clock, or ask whoever owns the server",
};

/** A code such as ECONNREFUSED or a certificate's fault, with its sentence. */
function networkReason(error: unknown): string {
  if (typeof error !== "object" || error === null) return "no connection";
  const message = "message" in error ? String(error.message) : "";
  return `${errorCode(error) ?? ""} ${message}`.trim() || "no connection";
}

async function readBounded(body: Dispatcher.ResponseData["body"]): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    // Leaving the loop destroys the body, and with it the connection.
    if (size > maximumBodyBytes) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Seconds of a Retry-After header, given as seconds or as a date (RFC 9110 §10.2.3); undefined when it is neither. */
export function parseRetryAfter(value: string | null, nowMilliseconds: number): number | undefined {
  if (value === null) return undefined;
  if (/^\d+$/.test(value)) return Math.min(Number(value), 999_999_999);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - nowMilliseconds) / 1000));
}
