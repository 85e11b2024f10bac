import { type IncomingMessage, type RequestListener, type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { iapAssertionHeader } from "../../../facts/iap";
import { type RefusalReason, refusals } from "../assertion/reasons";
import type { AssertionVerifier } from "../assertion/verify";
import type { Identity } from "../identity";
import { securityHeaders } from "../security-headers";
import { refusalAnswer } from "./refusal-answer";

export interface NodeIdentityOptions {
  readonly verify: AssertionVerifier;
  /** Told of every refusal. */
  readonly onRefusal?: (request: IncomingMessage, reason: RefusalReason) => void;
  /** Told of what a handler threw; the client learns nothing of it. */
  readonly onError?: (error: unknown) => void;
}

/**
 * A listener for `node:http` that lets only requests with a verified assertion through to the handler, with the identity as an
 * argument: there is no way to be called without one.
 */
export function requestListener(
  handler: (request: IncomingMessage, response: ServerResponse, identity: Identity) => void | Promise<void>,
  { verify, onRefusal, onError }: NodeIdentityOptions,
): RequestListener {
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const verified = await verify(request.headers[iapAssertionHeader]);
    if (verified.ok) return handler(request, response, verified.identity);
    onRefusal?.(request, verified.reason);
    const { status, headers, body } = refusalAnswer(verified.reason, request.headers.accept);
    response.writeHead(status, { ...securityHeaders, ...headers, "content-length": Buffer.byteLength(body) });
    response.end(body);
  };
  return (request, response) => {
    handle(request, response).catch((error: unknown) => {
      onError?.(error);
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { "content-type": "text/plain; charset=utf-8" }).end("Something went wrong\n");
    });
  };
}

export interface UpgradeOptions extends NodeIdentityOptions {
  /**
   * Origins whose pages may open a connection, such as `https://dev.example.com`. IAP's session is a cookie, which a browser sends
   * with a handshake from any page, and handshakes know no CORS.
   */
  readonly origins: readonly string[];
  /** Seconds after which a connection ends: nobody asks IAP again about one that is open. An hour unless told. */
  readonly longestSeconds?: number;
}

/** What an upgrade handler is given: `ws`'s handleUpgrade takes the first three. */
export type UpgradeHandler = (
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  identity: Identity,
) => void | Promise<void>;

/**
 * A listener for the event `upgrade` of a server (WebSocket, RFC 6455): the assertion is verified before the handshake is answered.
 *
 * @throws TypeError where no origin is named: every page of the internet would be one's own.
 */
export function upgradeListener(
  handler: UpgradeHandler,
  { verify, onRefusal, onError, origins, longestSeconds = 3600 }: UpgradeOptions,
): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  if (origins.length === 0 || !origins.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin))
    throw new TypeError("origins: expected at least one, each as scheme, host and port without a path");
  const admitted = new Set(origins);
  const handle = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const verified = await verify(request.headers[iapAssertionHeader]);
    if (!verified.ok) {
      onRefusal?.(request, verified.reason);
      return refuse(socket, refusals[verified.reason].status, verified.reason);
    }
    if (!admitted.has(request.headers.origin ?? "")) return refuse(socket, 403, "foreign_origin");
    // The client may have gone while the assertion was verified.
    if (socket.destroyed) return;
    const end = setTimeout(() => socket.destroy(), longestSeconds * 1000);
    end.unref();
    socket.once("close", () => clearTimeout(end));
    await handler(request, socket, head, verified.identity);
  };
  return (request, socket, head) => {
    // Without a listener a client that resets the connection would end the process.
    socket.on("error", () => socket.destroy());
    handle(request, socket, head).catch((error: unknown) => {
      onError?.(error);
      socket.destroy();
    });
  };
}

function refuse(socket: Duplex, status: number, reason: string): void {
  const body = `${reason}\n`;
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
