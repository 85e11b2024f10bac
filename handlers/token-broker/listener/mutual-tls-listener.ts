import { createServer, type Server } from "node:https";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { errorCode, type Logger } from "../../runtime";
import { hasFrontHeaders } from "../peer/front-headers";
import { identifyPeer, type PeerResult } from "../peer/peer-identity";
import { connectionLimits, type Listener } from "./listener";
import type { MutualTlsFiles } from "./mutual-tls-files";
import { explainRefusal } from "./refused-handshake";

/** Milliseconds until a handshake must be done. */
const handshakeTimeout = 5_000;
/** Milliseconds that a refused client has for reading why. */
const farewellMilliseconds = 1_000;
const maxHeaderSize = 16 * 1024;

/** Mutual TLS on a listener of the broker's own: a client certificate of a trusted authority is required. */
export function mutualTlsListener(files: MutualTlsFiles, logger: Logger): Listener {
  const peers = new WeakMap<Socket, PeerResult>();
  return {
    createServer(handler) {
      const { cert, key, ca } = files;
      const options = {
        ...connectionLimits,
        maxHeaderSize,
        handshakeTimeout,
        cert,
        key,
        ca,
        minVersion: "TLSv1.2",
      } as const;
      // With rejectUnauthorized, Node drops the connection after the handshake without a word to anybody. The gate drops
      // it at the same moment, before any of it reaches the HTTP parser, but says why; and it is stricter (see admit).
      const server = createServer({ ...options, requestCert: true, rejectUnauthorized: false }, handler);
      gate(server, (socket) => admit(socket, files, logger));
      server.on("tlsClientError", (error, socket) => {
        const code = errorCode(error) ?? "unknown";
        logger.warn(
          { event: "handshake_failed", remoteAddress: socket.remoteAddress, code },
          `TLS handshake failed: ${code}`,
        );
      });
      return server;
    },
    peerOf(request, now) {
      if (hasFrontHeaders(request.rawHeaders)) return { ok: false, reason: "front_headers_unexpected" };
      const { socket } = request;
      let result = peers.get(socket);
      if (result === undefined) {
        const certificate =
          socket instanceof TLSSocket && socket.authorized ? socket.getPeerX509Certificate() : undefined;
        if (certificate === undefined) return { ok: false, reason: "certificate_missing" };
        result = identifyPeer(certificate.raw, now);
        peers.set(socket, result);
      }
      // Read once, but a connection may outlive its certificate.
      return result.ok && now > result.peer.notAfter ? { ok: false, reason: "certificate_expired" } : result;
    },
  };
}

/** Puts a check between the end of the handshake and the HTTP server. */
function gate(server: Server, mayPass: (socket: TLSSocket) => boolean): void {
  const onward = server.listeners("secureConnection");
  server.removeAllListeners("secureConnection");
  server.on("secureConnection", (socket: TLSSocket) => {
    if (mayPass(socket)) for (const listener of onward) listener.call(server, socket);
  });
}

function admit(socket: TLSSocket, { authorities }: MutualTlsFiles, logger: Logger): boolean {
  const certificate = socket.getPeerX509Certificate();
  // Both: when a client without a certificate resumes a TLS 1.3 session, Node calls it authorized.
  if (socket.authorized && certificate !== undefined) return true;
  // Typed as Error, in truth OpenSSL's code as a string.
  const { description, explanation } = explainRefusal(certificate, String(socket.authorizationError), authorities);
  logger.warn(
    {
      event: "handshake_refused",
      remoteAddress: socket.remoteAddress,
      serialNumber: certificate?.serialNumber,
      sha256Fingerprint: certificate?.fingerprint256.replaceAll(":", "").toLowerCase(),
    },
    `client refused: ${explanation}`,
  );
  dismiss(socket, description);
  return false;
}

/** Tells the client why, in one line of HTTP that depends on nothing it sent, and closes. */
function dismiss(socket: TLSSocket, description: string): void {
  const body = `${JSON.stringify({ error: "invalid_client", error_description: description })}\n`;
  socket.on("error", () => socket.destroy());
  socket.setTimeout(farewellMilliseconds, () => socket.destroy());
  // What the client sends is read and dropped: closing with unread data would take the answer away from it.
  socket.resume();
  socket.end(
    [
      "HTTP/1.1 401 Unauthorized",
      "Content-Type: application/json; charset=utf-8",
      "Cache-Control: no-store",
      "Connection: close",
      `Content-Length: ${Buffer.byteLength(body)}`,
      "",
      body,
    ].join("\r\n"),
  );
}
