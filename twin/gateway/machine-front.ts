import { constants } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { TLSSocket } from "node:tls";
import type { DecisionLog } from "../events";
import { listenerLimits, makeGraceful } from "../network/graceful-server";
import { listenOn } from "../network/port-taken-error";
import type { ResourceStore } from "../store/resource-store";
import { BackendDispatch } from "./backend-dispatch";
import { clientCertificateVariables } from "./client-certificate";
import { clientCertificateError, clientCertificates } from "./client-validation";
import type { PublicOrigin, ServiceRunner } from "./collaborators";
import type { HeaderVariables } from "./custom-headers";
import { type ClientValidation, type Frontend, frontendsOf } from "./frontends";
import { type IssueServerCertificate, MachineContexts, sameValidation } from "./machine-contexts";
import { sendPage } from "./page";
import { realHostname } from "./public-url";

export interface MachineFrontOptions {
  readonly store: ResourceStore;
  readonly decisions: DecisionLog;
  readonly runner: ServiceRunner;
  readonly serverCertificates: IssueServerCertificate;
  readonly publicOrigin: PublicOrigin;
  /** A free one by default. */
  readonly port?: number;
  /** The loopback address by default. */
  readonly host?: string;
}

/** A connection that was let in. */
interface Connection {
  readonly hostname: string;
  readonly validation: ClientValidation;
  readonly variables: HeaderVariables;
}

type MachineFrontend = Frontend & { readonly clientValidation: ClientValidation };

/**
 * The load balancer's listener for machines: every target proxy with a server TLS policy, chosen by SNI. Client
 * certificates are verified against the trust config of the moment; with REJECT_INVALID a connection without a valid
 * one ends before any request is read.
 */
export class MachineFront {
  readonly #options: MachineFrontOptions;
  readonly #frontends: ReturnType<typeof frontendsOf>;
  readonly #dispatch: BackendDispatch;
  readonly #contexts: MachineContexts;
  readonly #connections = new WeakMap<object, Connection>();
  readonly #server;
  readonly #close: () => Promise<void>;
  #port: number | undefined;

  constructor(options: MachineFrontOptions) {
    this.#options = options;
    this.#frontends = frontendsOf(options.store);
    this.#dispatch = new BackendDispatch(options);
    this.#contexts = new MachineContexts(options.serverCertificates);
    this.#server = createServer(
      {
        ...listenerLimits,
        requestCert: true,
        // Decided in #accept, which knows the reason; with true the connection would end without one.
        rejectUnauthorized: false,
        minVersion: "TLSv1.2",
        // A resumed session would carry an old verdict past a change of the trust config.
        secureOptions: constants.SSL_OP_NO_TICKET,
        handshakeTimeout: 10_000,
        SNICallback: (servername, done) => {
          const hostname = realHostname(servername);
          const validation = this.#find(hostname)?.clientValidation;
          if (validation === undefined) {
            done(new Error("No forwarding rule with a server TLS policy serves this name."));
            return;
          }
          this.#contexts.contextFor(hostname, validation).then(
            (context) => done(null, context),
            () => done(new Error("No TLS context could be made for this name.")),
          );
        },
      },
      (request, response) => void this.#answer(request, response),
    );
    this.#close = makeGraceful(this.#server);
    // Before Node's own listener, so that a refused connection is never read as HTTP.
    this.#server.prependListener("secureConnection", (socket) => this.#accept(socket));
    this.#server.on("tlsClientError", (_error, socket) => {
      const explanation = "The client broke it off, offered too old a version, or named no host that is served here.";
      this.#refuseConnection(hostnameOf(socket), "The TLS handshake failed.", explanation);
    });
  }

  /** @throws Error before listen() */
  get port(): number {
    if (this.#port === undefined) throw new Error("The machine front does not listen yet.");
    return this.#port;
  }

  /** `https://NAME.localhost:PORT` of a machine host. @throws Error before listen() */
  origin(hostname: string): string {
    return `https://${hostname}.localhost:${this.port}`;
  }

  /** @throws PortTakenError when the port that was asked for cannot be had */
  async listen(): Promise<void> {
    const { port = 0, host = "127.0.0.1" } = this.#options;
    this.#port = await listenOn(this.#server, port, host, "--machine-port");
  }

  /** Ends all connections, requests under way within five seconds. */
  async close(): Promise<void> {
    this.#port = undefined;
    await this.#close();
  }

  #find(hostname: string): MachineFrontend | undefined {
    for (const frontend of this.#frontends().https) {
      const { clientValidation } = frontend;
      if (clientValidation !== undefined && frontend.hosts.has(hostname)) return { ...frontend, clientValidation };
    }
    return undefined;
  }

  /** Looks at the client's certificate, once for the connection. */
  #accept(socket: TLSSocket): void {
    const hostname = hostnameOf(socket);
    const validation = this.#find(hostname)?.clientValidation;
    const chain = clientCertificates(socket);
    const error =
      validation === undefined || validation.trustAnchors.length === 0 || socket.isSessionReused()
        ? "client_cert_validation_not_performed"
        : clientCertificateError(socket, chain);
    if (validation === undefined || (error !== undefined && validation.mode === "REJECT_INVALID")) {
      const reason = error ?? "client_cert_validation_not_performed";
      this.#refuseConnection(
        hostname,
        reason,
        explanations[reason] ?? "The certificate's key is not of a kind that is taken.",
      );
      socket.destroy();
      return;
    }
    this.#connections.set(socket, { hostname, validation, variables: clientCertificateVariables(chain, error) });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const connection = this.#connections.get(request.socket);
    const frontend = connection && this.#find(connection.hostname);
    // A connection that was let in under an older trust config ends with its next request.
    if (
      connection === undefined ||
      frontend === undefined ||
      !sameValidation(frontend.clientValidation, connection.validation)
    ) {
      request.socket.destroy();
      return;
    }
    const { hostname, variables } = connection;
    if (realHostname(request.headers.host ?? "") !== hostname) {
      refuse(response, 421, "The Host header is not the name that the TLS connection was made for.");
      return;
    }
    try {
      await this.#dispatch.dispatch(request, response, { by: "machine-front", frontend, hostname, variables });
    } catch {
      if (response.headersSent) response.destroy();
      else refuse(response, 502, "The backend could not answer.");
    }
  }

  #refuseConnection(hostname: string, reason: string, explanation: string): void {
    const request = `TLS connection to ${hostname === "" ? "no named host" : hostname}`;
    this.#options.decisions.record({ by: "machine-front", request, outcome: "refused", reason, explanation });
  }
}

const hostnameOf = ({ servername }: TLSSocket): string =>
  realHostname(typeof servername === "string" ? servername : "");

function refuse(response: ServerResponse, status: number, reason: string): void {
  sendPage(response, { status, title: "This request was not served", paragraphs: [reason] });
}

const explanations: Readonly<Record<string, string>> = {
  client_cert_not_provided: "The client presented no certificate.",
  client_cert_validation_failed:
    "The certificate does not chain to an anchor of the trust config, is out of its time, or is a CA.",
  client_cert_chain_invalid_eku:
    "The certificate is not for clients: clientAuth is missing from its extended key usages.",
  client_cert_validation_not_performed: "No certificate can be verified: the trust config holds no anchor.",
};
