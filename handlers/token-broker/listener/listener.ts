import type { IncomingMessage, RequestListener, Server } from "node:http";
import type { FrontRefusal } from "../peer/front-headers";
import type { PeerResult } from "../peer/peer-identity";

export type PeerRefusal = FrontRefusal | "front_headers_unexpected";

/** How clients reach the broker, and how it learns who they are. */
export interface Listener {
  createServer(handler: RequestListener): Server;
  /** Who sent the request. */
  peerOf(request: IncomingMessage, now: Date): PeerResult<PeerRefusal>;
}

/** Milliseconds, against clients that open a connection and do not go on. */
export const connectionLimits = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 1_000,
} as const;
