import { createServer } from "node:http";
import { peerFromFront } from "../peer/front-headers";
import { connectionLimits, type Listener } from "./listener";

/** Bytes: the front forwards leaf certificates of up to 16 KB, which base64 makes a third longer. */
const maxHeaderSize = 40 * 1024;

/** Behind the machine front: plain HTTP, the certificate in headers, anew in each request, for connections are shared. */
export const frontListener: Listener = {
  sharesConnections: true,
  createServer: (handler) => {
    const server = createServer({ ...connectionLimits, maxHeaderSize }, handler);
    // Node drops headers beyond 2,000 without a word, and with them what the front has set behind a client's own: their
    // bytes are the limit.
    server.maxHeadersCount = 0;
    return server;
  },
  peerOf: peerFromFront,
  peerOfConnection: () => undefined,
  hasJustBegun: () => false,
};
