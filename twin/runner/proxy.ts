import { request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { forwardedRequestHeaders, forwardedResponseHeaders } from "./forwarded-headers";
import { type FrontendRefusal, refuse } from "./google-frontend-pages";

/** Bytes; Cloud Run's limit of an HTTP/1 request (cloud.google.com/run/quotas). */
export const requestBodyLimit = 32 * 1024 * 1024;

export interface ProxyTarget {
  readonly socketPath: string;
  /** Milliseconds until the response must have ended. */
  readonly timeout: number;
}

/** How a request went. */
export type ProxyOutcome = "answered" | "client-gone" | FrontendRefusal;

/**
 * Streams a request to a container and its response back. When the container fails before it answers, the frontend's page
 * is sent; when it fails later, the connection breaks off, so that no half answer passes for a whole one.
 */
export async function proxyRequest(
  request: IncomingMessage,
  response: ServerResponse,
  target: ProxyTarget,
): Promise<ProxyOutcome> {
  if (Number(request.headers["content-length"] ?? 0) > requestBodyLimit) {
    refuse(request, response, "too-large", { Connection: "close" });
    return "too-large";
  }
  const stop = new AbortController();
  let failure: FrontendRefusal | "client-gone" | undefined;
  const fail = (reason: FrontendRefusal | "client-gone") => {
    failure ??= reason;
    stop.abort();
  };
  const timer = setTimeout(() => fail("timeout"), target.timeout);
  const clientGone = () => response.writableFinished || fail("client-gone");
  response.once("close", clientGone);
  try {
    const answer = await send(request, target.socketPath, stop.signal, () => fail("too-large"));
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? "", forwardedResponseHeaders(answer));
    await pipeline(answer, response, { signal: stop.signal });
    return "answered";
  } catch {
    const reason = failure ?? "unavailable";
    if (reason === "client-gone" || response.headersSent || response.destroyed) {
      response.destroy();
    } else {
      refuse(request, response, reason, reason === "too-large" ? { Connection: "close" } : {});
    }
    return reason;
  } finally {
    clearTimeout(timer);
    response.off("close", clientGone);
  }
}

/** Sends the request with its body; settles when the head of the answer is there. */
function send(
  request: IncomingMessage,
  socketPath: string,
  signal: AbortSignal,
  onTooLarge: () => void,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const upstream = httpRequest({
      socketPath,
      method: request.method ?? "GET",
      path: request.url ?? "/",
      headers: forwardedRequestHeaders(request),
      // A connection for each request: a kept one may be closed by the container just when it is used again.
      agent: false,
      signal,
    });
    upstream.once("response", resolve);
    // Also after the answer began, when a container does not read the rest of a body.
    upstream.on("error", reject);
    let received = 0;
    request.on("data", (chunk: Buffer) => {
      received += chunk.length;
      if (received > requestBodyLimit) {
        request.unpipe(upstream);
        onTooLarge();
      }
    });
    request.pipe(upstream);
  });
}
