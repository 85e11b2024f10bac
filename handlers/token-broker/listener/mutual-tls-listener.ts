import type { IncomingMessage, RequestListener } from "node:http";
import { createServer, type Server } from "node:https";
import type { Socket } from "node:net";
import type { PeerCertificate, TLSSocket } from "node:tls";
import { ConfigurationError, errorCode, type Logger } from "../../runtime";
import type { ConnectionLimits } from "../config";
import { lastAnswer } from "../last-answer";
import { hasFrontHeaders } from "../peer/front-headers";
import type { PeerIdentity, PeerResult } from "../peer/peer-identity";
import { StrangerLines } from "../stranger-lines";
import { connectionLimits, type Listener, type ListenerEvent, type PeerRefusal } from "./listener";
import type { MutualTlsFiles } from "./mutual-tls-files";
import { PeerRegistry } from "./peer-registry";
import { explainRefusal } from "./refused-handshake";

/** Milliseconds that a refused client has for reading why. */
const farewellMilliseconds = 1_000;

export interface MutualTlsListenerOptions {
  readonly limits: ConnectionLimits;
  /** Whether a client without any certificate is turned away at the handshake; false where a bearer token will do. */
  readonly needsCertificate: boolean;
  readonly logger: Logger;
  readonly onEvent: (event: ListenerEvent) => void;
}

/** Mutual TLS on a listener of the broker's own: what a client presents must lead to a trusted authority. */
export class MutualTlsListener implements Listener {
  readonly sharesConnections = false;
  readonly #options: MutualTlsListenerOptions;
  readonly #peers: PeerRegistry;
  readonly #servers = new Set<Server>();
  #files: MutualTlsFiles;
  #begun: Socket | undefined;
  /** Whoever reaches the listener can fail at it as often as it likes. */
  readonly #strangers = new StrangerLines();
  /** `performance.now()` before which handshakes may have begun under authorities that are no longer the present ones. */
  #settledAt = 0;

  constructor(files: MutualTlsFiles, options: MutualTlsListenerOptions) {
    this.#files = files;
    this.#options = options;
    this.#peers = new PeerRegistry(files.trust);
  }

  /**
   * New connections see the new files; open ones go on. Sessions from before cannot be resumed: their tickets' keys went
   * with the old files.
   *
   * @throws {ConfigurationError} For files that OpenSSL cannot use; then nothing has changed.
   */
  use(files: MutualTlsFiles): void {
    asConfiguration(() => {
      for (const server of this.#servers) server.setSecureContext(secureContext(files));
    });
    this.#files = files;
    if (files.trust.fingerprint === this.#peers.trust.fingerprint) return;
    this.#peers.trustFromNowOn(files.trust);
    this.#settledAt = performance.now() + this.#options.limits.handshakeSeconds * 1000;
  }

  /** @throws {ConfigurationError} For files that OpenSSL cannot use. */
  createServer(handler: RequestListener): Server {
    const { limits, onEvent } = this.#options;
    const server = asConfiguration(() =>
      createServer(
        {
          ...connectionLimits,
          ...secureContext(this.#files),
          maxHeaderSize: limits.headerBytes,
          handshakeTimeout: limits.handshakeSeconds * 1000,
          headersTimeout: Math.min(limits.requestSeconds * 1000, connectionLimits.headersTimeout),
          requestTimeout: limits.requestSeconds * 1000,
          keepAliveTimeout: limits.idleSeconds * 1000,
          requestCert: true,
          // With true, Node drops the connection after the handshake without a word to anybody. The gate drops it at the same
          // moment, before any of it reaches the HTTP parser, but says why; and it is stricter (see admit).
          rejectUnauthorized: false,
        },
        handler,
      ),
    );
    server.maxConnections = limits.connections;
    gate(server, (socket) => this.#admit(socket));
    server.on("drop", () => onEvent({ kind: "connection_dropped" }));
    server.on("tlsClientError", (error, socket) => {
      const code = errorCode(error) ?? "unknown";
      onEvent({ kind: "handshake_failed", code });
      this.#warn(
        { event: "handshake_failed", remoteAddress: socket.remoteAddress, code },
        `TLS handshake failed: ${code}`,
      );
    });
    this.#servers.add(server);
    server.on("close", () => this.#servers.delete(server));
    return server;
  }

  peerOf(request: IncomingMessage, now: Date): PeerResult<PeerRefusal> {
    if (hasFrontHeaders(request.rawHeaders)) return { ok: false, reason: "front_headers_unexpected" };
    return this.#peers.peerOf(request.socket, now.getTime());
  }

  peerOfConnection(connection: Socket, wall: number): PeerIdentity | undefined {
    const result = this.#peers.peerOf(connection, wall);
    return result.ok ? result.peer : undefined;
  }

  hasJustBegun(connection: Socket): boolean {
    if (connection !== this.#begun) return false;
    this.#begun = undefined;
    return true;
  }

  #admit(socket: TLSSocket): boolean {
    const { needsCertificate, onEvent } = this.#options;
    // Much faster than asking for an X509Certificate, for which Node parses the chain a second time.
    const { fingerprint256 }: Partial<PeerCertificate> = socket.getPeerCertificate() ?? {};
    // Both: when a client without a certificate resumes a TLS 1.3 session, Node calls it authorized.
    if (fingerprint256 === undefined ? !needsCertificate : socket.authorized) {
      this.#peers.admit(socket, fingerprint256, performance.now() > this.#settledAt);
      this.#begun = socket;
      return true;
    }
    const certificate = socket.getPeerX509Certificate();
    // Typed as Error, in truth OpenSSL's code as a string.
    const code = String(socket.authorizationError);
    const { description, explanation } = explainRefusal(certificate, code, this.#files.trust.authorities);
    onEvent({ kind: "handshake_refused" });
    this.#warn(
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

  #warn(record: Readonly<Record<string, unknown>>, text: string): void {
    if (!this.#strangers.admit()) return;
    this.#options.logger.warn({ ...record, leftOut: this.#strangers.takeLeftOut() }, text);
  }
}

const secureContext = ({ cert, key, ca }: MutualTlsFiles) => ({ cert, key, ca, minVersion: "TLSv1.2" }) as const;

/** A key that is too short, or a broken certificate behind the first, shows only when all of it is put together. */
function asConfiguration<Result>(use: () => Result): Result {
  try {
    return use();
  } catch (error) {
    throw new ConfigurationError([
      `listener.certificateFile: OpenSSL cannot use it with listener.keyFile and listener.clientCaFile (${errorCode(error) ?? "no reason given"})`,
    ]);
  }
}

/** Puts a check between the end of the handshake and the HTTP server. */
function gate(server: Server, mayPass: (socket: TLSSocket) => boolean): void {
  const onward = server.listeners("secureConnection");
  server.removeAllListeners("secureConnection");
  server.on("secureConnection", (socket: TLSSocket) => {
    if (mayPass(socket)) for (const listener of onward) listener.call(server, socket);
  });
}

/** Tells the client why, in one line of HTTP that depends on nothing it sent, and closes. */
function dismiss(socket: TLSSocket, description: string): void {
  socket.on("error", () => socket.destroy());
  // Not the socket's own timeout, which begins anew with each byte that the client lets trickle.
  const farewell = setTimeout(() => socket.destroy(), farewellMilliseconds);
  socket.on("close", () => clearTimeout(farewell));
  // What the client sends is read and dropped: closing with unread data would take the answer away from it.
  socket.resume();
  socket.end(lastAnswer(401, "invalid_client", description));
}
