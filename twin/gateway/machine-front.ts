import { constants } from "node:crypto";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createSecureContext, createServer as createTlsServer, type SecureContext, type TLSSocket } from "node:tls";
import type { DecisionLog } from "../events";
import type { ResourceStore } from "../store/resource-store";
import { BackendDispatch } from "./backend-dispatch";
import { clientCertificateVariables } from "./client-certificate";
import { clientCertificateError, clientCertificates } from "./client-validation";
import type { PublicOrigin, ServiceRunner } from "./collaborators";
import type { HeaderVariables } from "./custom-headers";
import { type ClientValidation, type Frontend, frontendsOf } from "./frontends";
import { sendPage } from "./page";
import { realHostname } from "./public-url";

export interface MachineFrontOptions {
  readonly store: ResourceStore;
  readonly decisions: DecisionLog;
  readonly runner: ServiceRunner;
  /** Issues a server certificate for names under `.localhost`; PEM. */
  readonly serverCertificates: (
    dnsNames: readonly string[],
  ) => Promise<{ readonly certificatePem: string; readonly keyPem: string }>;
  readonly publicOrigin: PublicOrigin;
  /** A free one by default. */
  readonly port?: number;
  /** The loopback address by default. */
  readonly host?: string;
}

/** A connection whose client certificate was looked at, once. */
interface Connection {
  readonly hostname: string;
  readonly validation: ClientValidation;
  readonly variables: HeaderVariables;
}

/** A TLS context lasts as long as what it was made of. */
interface HostContext {
  readonly validation: ClientValidation;
  readonly context: Promise<SecureContext>;
}

/**
 * The load balancer's listener for machines: every target proxy with a server TLS policy, chosen by SNI. Client
 * certificates are verified against the trust config of the moment; with REJECT_INVALID a connection without a valid
 * one ends before any request is read.
 */
export class MachineFront {
  readonly #options: MachineFrontOptions;
  readonly #frontends: ReturnType<typeof frontendsOf>;
  readonly #dispatch: BackendDispatch;
  readonly #contexts = new Map<string, HostContext>();
  readonly #connections = new WeakMap<object, Connection>();
  readonly #sockets = new Set<TLSSocket>();
  readonly #http = createHttpServer(
    { requestTimeout: 60_000 },
    (request, response) => void this.#answer(request, response),
  );
  readonly #tls;

  constructor(options: MachineFrontOptions) {
    this.#options = options;
    this.#frontends = frontendsOf(options.store);
    this.#dispatch = new BackendDispatch(options);
    this.#tls = createTlsServer(
      {
        requestCert: true,
        // Decided in #accept, which knows the reason; with true the connection would end without one.
        rejectUnauthorized: false,
        minVersion: "TLSv1.2",
        // A resumed session would carry an old verdict past a change of the trust config.
        secureOptions: constants.SSL_OP_NO_TICKET,
        handshakeTimeout: 10_000,
        ALPNProtocols: ["http/1.1"],
        SNICallback: (servername, done) => {
          this.#contextFor(realHostname(servername)).then(
            (context) => done(null, context),
            () => done(new Error("No forwarding rule with a server TLS policy serves this name.")),
          );
        },
      },
      (socket) => this.#accept(socket),
    );
    this.#tls.on("tlsClientError", (_error, socket) => {
      const hostname = realHostname(typeof socket.servername === "string" ? socket.servername : "");
      this.#refuseConnection(
        hostname,
        "The TLS handshake failed.",
        "The client ended it, offered too old a version, or named no served host.",
      );
    });
  }

  /** Port of the listener. @throws Error before listen() */
  get port(): number {
    const address: AddressInfo | string | null = this.#tls.address();
    if (address === null || typeof address === "string") throw new Error("The machine front does not listen yet.");
    return address.port;
  }

  /** `https://NAME.localhost:PORT` of a machine host. @throws Error before listen() */
  origin(hostname: string): string {
    return `https://${hostname}.localhost:${this.port}`;
  }

  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#tls.once("error", reject);
      this.#tls.listen(this.#options.port ?? 0, this.#options.host ?? "127.0.0.1", () => {
        this.#tls.off("error", reject);
        resolve();
      });
    });
  }

  /** Ends every connection. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#tls.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #find(hostname: string): (Frontend & { readonly clientValidation: ClientValidation }) | undefined {
    for (const frontend of this.#frontends().https) {
      const { clientValidation } = frontend;
      if (clientValidation !== undefined && frontend.hosts.has(hostname)) return { ...frontend, clientValidation };
    }
    return undefined;
  }

  /** The context of a host: made anew when its trust config changed. @throws Error for a host that is not served */
  async #contextFor(hostname: string): Promise<SecureContext> {
    const validation = this.#find(hostname)?.clientValidation;
    if (validation === undefined) throw new Error("unknown host");
    const known = this.#contexts.get(hostname);
    if (known !== undefined && sameValidation(known.validation, validation)) return known.context;
    const context = this.#makeContext(hostname, validation);
    this.#contexts.set(hostname, { validation, context });
    context.catch(() => this.#contexts.delete(hostname));
    return context;
  }

  async #makeContext(hostname: string, validation: ClientValidation): Promise<SecureContext> {
    const { certificatePem, keyPem } = await this.#options.serverCertificates([`${hostname}.localhost`]);
    return createSecureContext({
      cert: certificatePem,
      key: keyPem,
      minVersion: "TLSv1.2",
      // Never empty: without a list of its own, Node would trust the public authorities.
      ca: [
        ...validation.trustAnchors,
        ...validation.intermediates,
        ...(validation.trustAnchors.length === 0 ? [certificatePem] : []),
      ],
    });
  }

  /** Looks at the client's certificate, once for the connection. */
  #accept(socket: TLSSocket): void {
    const hostname = realHostname(typeof socket.servername === "string" ? socket.servername : "");
    const validation = this.#find(hostname)?.clientValidation;
    const chain = clientCertificates(socket);
    const error =
      validation === undefined || validation.trustAnchors.length === 0
        ? "client_cert_validation_not_performed"
        : clientCertificateError(socket, chain);
    if (
      validation === undefined ||
      socket.isSessionReused() ||
      (error !== undefined && validation.mode === "REJECT_INVALID")
    ) {
      this.#refuseConnection(
        hostname,
        error ?? "client_cert_validation_not_performed",
        explanations[error ?? ""] ?? "The client certificate was refused.",
      );
      socket.destroy();
      return;
    }
    this.#connections.set(socket, { hostname, validation, variables: clientCertificateVariables(chain, error) });
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    this.#http.emit("connection", socket);
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
      sendPage(response, {
        status: 421,
        title: "This request was not served",
        paragraphs: ["The Host header is not the name that the TLS connection was made for."],
      });
      return;
    }
    try {
      await this.#dispatch.dispatch(request, response, { by: "machine-front", frontend, hostname, variables });
    } catch {
      if (response.headersSent) response.destroy();
      else
        sendPage(response, {
          status: 502,
          title: "This request was not served",
          paragraphs: ["The backend could not answer."],
        });
    }
  }

  #refuseConnection(hostname: string, reason: string, explanation: string): void {
    this.#options.decisions.record({
      by: "machine-front",
      request: `TLS connection to ${hostname === "" ? "no named host" : hostname}`,
      outcome: "refused",
      reason,
      explanation,
    });
  }
}

const explanations: Readonly<Record<string, string>> = {
  client_cert_not_provided: "The client presented no certificate.",
  client_cert_validation_failed:
    "The certificate does not chain to an anchor of the trust config, is out of its time, or is a CA.",
  client_cert_chain_invalid_eku:
    "The certificate is not for clients: clientAuth is missing from its extended key usages.",
  client_cert_validation_not_performed: "The trust config holds no anchor, so no certificate can be verified.",
};

const sameValidation = (one: ClientValidation, other: ClientValidation): boolean =>
  one === other || JSON.stringify(one) === JSON.stringify(other);
