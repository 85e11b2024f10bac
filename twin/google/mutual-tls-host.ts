import { X509Certificate } from "node:crypto";
import { createServer } from "node:https";
import { TLSSocket } from "node:tls";
import { sendJson } from "../issuers/message";
import { listenerLimits, makeGraceful } from "../network/graceful-server";
import { listenOn } from "../network/port-taken-error";
import type { GoogleServices } from "./services";
import { handleExchange } from "./sts";

export interface MutualTlsHost {
  readonly port: number;
  /** Ends all connections. */
  close(): Promise<void>;
}

export interface MutualTlsHostOptions {
  readonly services: GoogleServices;
  /** PEM of the server's certificate and key. */
  readonly certificate: { readonly certificatePem: string; readonly keyPem: string };
  /** A free one by default. */
  readonly port?: number;
}

/**
 * sts.mtls.googleapis.com: the token service for clients that show a certificate. It asks every client for one and takes any: which
 * authorities count is each provider's own matter.
 * Source: cloud.google.com/iam/docs/workload-identity-federation-with-x509-certificates.
 *
 * @throws PortTakenError
 */
export async function startMutualTlsHost({
  services,
  certificate,
  port = 0,
}: MutualTlsHostOptions): Promise<MutualTlsHost> {
  const server = createServer(
    {
      ...listenerLimits,
      cert: certificate.certificatePem,
      key: certificate.keyPem,
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: "TLSv1.2",
    },
    (request, response) => {
      const peer = request.socket instanceof TLSSocket ? request.socket.getPeerX509Certificate() : undefined;
      // Node makes its own object of the handshake's certificate; its bytes are what was proved.
      const proved = peer && new X509Certificate(peer.raw);
      handleExchange(services, request, response, proved).catch(() => {
        if (response.headersSent) response.destroy();
        else sendJson(response, 500, { error: "internal_error" });
      });
    },
  );
  const close = makeGraceful(server);
  return { port: await listenOn(server, port, "127.0.0.1", "--sts-mtls-port"), close };
}
