import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { TLSSocket } from "node:tls";

/**
 * The peer of the benches: mutual TLS and nothing else. It reads who the client is once per socket, looks the name up, and
 * answers what the broker answers, with a token that never changes.
 *
 * Its last parameter says how it reads: `X509Certificate`, Node's newer object, or `PeerCertificate`, the older one, for which
 * Node does not parse the chain a second time.
 */
const [certificate = "", key = "", authority = "", spiffeId = "", reading = ""] = process.argv.slice(2);
const allowed = new Set([`URI:${spiffeId}`]);
const peers = new WeakMap<TLSSocket, string>();
const body = JSON.stringify({
  access_token: `ya29.c.${"t".repeat(987)}`,
  token_type: "Bearer",
  expires_in: 3_600,
  expires_at: "2030-01-01T00:00:00.000Z",
  account: "bench-job@bench-project.iam.gserviceaccount.com",
  scope: "https://www.googleapis.com/auth/cloud-platform",
});
const headers = {
  "content-type": "application/json; charset=utf-8",
  "cache-control": "no-store",
  vary: "accept",
  "content-length": Buffer.byteLength(body),
};

const server = createServer(
  {
    cert: readFileSync(certificate),
    key: readFileSync(key),
    ca: readFileSync(authority),
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: "TLSv1.2",
    keepAliveTimeout: 65_000,
  },
  (request, response) => {
    const socket = request.socket as TLSSocket;
    const name = peers.get(socket) ?? "";
    if (!allowed.has(name) || request.url !== "/get_wif_token") {
      response.writeHead(403).end();
      return;
    }
    response.writeHead(200, headers);
    response.end(body);
  },
);
const nameOf = (socket: TLSSocket): string | undefined =>
  reading === "X509Certificate"
    ? socket.getPeerX509Certificate()?.subjectAltName
    : socket.getPeerCertificate().subjectaltname;
server.prependListener("secureConnection", (socket) => peers.set(socket, nameOf(socket) ?? ""));
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address !== null && typeof address === "object") process.stdout.write(`port ${address.port}\n`);
});
