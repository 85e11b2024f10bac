import type { IncomingMessage, RequestListener, Server } from "node:http";
import type { Socket } from "node:net";
import type { FrontRefusal } from "../peer/front-headers";
import type { PeerIdentity, PeerResult } from "../peer/peer-identity";

export type PeerRefusal = FrontRefusal | "front_headers_unexpected" | "certificate_trust_domain";

/** How clients reach the broker, and how it learns who they are. */
export interface Listener {
  /** Whether requests of several clients come over one connection. */
  readonly sharesConnections: boolean;
  createServer(handler: RequestListener): Server;
  /** Who sent the request. */
  peerOf(request: IncomingMessage, now: Date): PeerResult<PeerRefusal>;
  /**
   * Who is on the other side of a connection, as far as its certificate tells; the headers of a request are not looked at.
   *
   * @param wall Milliseconds since the epoch.
   * @returns Nothing for one who is refused, and where connections are shared.
   */
  peerOfConnection(connection: Socket, wall: number): PeerIdentity | undefined;
  /**
   * Whether the connection is the one that was taken last, and this is the first time that somebody asks: what is sent at
   * once goes out together with the end of its handshake.
   */
  hasJustBegun(connection: Socket): boolean;
}

/** What happens to connections before there is a request. */
export type ListenerEvent =
  | { readonly kind: "handshake_refused" }
  | { readonly kind: "handshake_failed"; readonly code: string }
  | { readonly kind: "connection_dropped" };

/** Milliseconds, against clients that open a connection and do not go on. */
export const connectionLimits = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 1_000,
} as const;
