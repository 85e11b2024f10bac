import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Milliseconds that a request under way may take to end while the server closes. */
const grace = 5_000;

/** Limits of every listener of the twin, against floods of headers and clients that trickle. Times in milliseconds. */
export const listenerLimits = {
  maxHeaderSize: 32 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 60_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
} as const;

const upgradeRefusal = "WebSockets are not imitated.\n";

/** Both ends of a connection; the same for a TLS socket and the plain one below it. */
const connectionOf = (socket: Socket): string => `${socket.remoteAddress}:${socket.remotePort}`;

/**
 * Bounds a server, HTTP or HTTPS, and refuses to upgrade its connections.
 * @returns a function that closes it: no new connections; those without a request end at once, the others after their
 * response, and all of them after five seconds.
 */
export function makeGraceful(server: Server): () => Promise<void> {
  const sockets = new Map<string, Socket>();
  const requestsUnderWay = new Map<string, number>();
  let closing = false;

  const endIfIdle = (connection: string) => {
    if (closing && !requestsUnderWay.has(connection)) {
      sockets.get(connection)?.destroy();
    }
  };
  server.on("connection", (socket: Socket) => {
    const connection = connectionOf(socket);
    sockets.set(connection, socket);
    socket.once("close", () => {
      if (sockets.get(connection) === socket) {
        sockets.delete(connection);
      }
    });
  });
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    const connection = connectionOf(request.socket);
    requestsUnderWay.set(connection, (requestsUnderWay.get(connection) ?? 0) + 1);
    response.once("close", () => {
      const others = (requestsUnderWay.get(connection) ?? 1) - 1;
      if (others > 0) {
        requestsUnderWay.set(connection, others);
      } else {
        requestsUnderWay.delete(connection);
        endIfIdle(connection);
      }
    });
  });
  server.on("upgrade", (_request, socket) => {
    // A client that goes away while it is being refused is no event.
    socket.on("error", () => socket.destroy());
    socket.end(
      `HTTP/1.1 501 Not Implemented\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${upgradeRefusal.length}\r\n\r\n${upgradeRefusal}`,
    );
  });
  server.maxHeadersCount = 200;

  return async () => {
    if (!server.listening) {
      return;
    }
    closing = true;
    await new Promise<void>((resolve) => {
      const force = setTimeout(() => {
        for (const socket of sockets.values()) {
          socket.destroy();
        }
      }, grace);
      server.close(() => {
        clearTimeout(force);
        resolve();
      });
      for (const connection of sockets.keys()) {
        endIfIdle(connection);
      }
    });
  };
}
