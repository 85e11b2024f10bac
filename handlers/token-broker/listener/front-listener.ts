import { createServer } from "node:http";
import { peerFromFront } from "../peer/front-headers";
import { connectionLimits, type Listener } from "./listener";

/** Bytes: the front forwards leaf certificates of up to 16 KB, which base64 makes a third longer. */
const maxHeaderSize = 40 * 1024;

/** Behind the machine front: plain HTTP, the certificate in headers, anew in each request, for connections are shared. */
export const frontListener: Listener = {
  sharesConnections: true,
  createServer: (handler) => createServer({ ...connectionLimits, maxHeaderSize }, handler),
  peerOf: peerFromFront,
  peerOfConnection: () => undefined,
  hasJustBegun: () => false,
};
