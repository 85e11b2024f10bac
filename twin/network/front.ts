import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { SecureContext } from "node:tls";
import type { CertificateAuthority } from "./certificate-authority";
import { listenerLimits, makeGraceful } from "./graceful-server";
import { nameBelowLocalhost, requestedHost } from "./host-header";
import { addressTable, escapeHtml, type FrontEntry, sendPage } from "./pages";
import { listenOn } from "./port-taken-error";
import { ServerCertificates } from "./server-certificates";
import type { VirtualHost } from "./virtual-host";

export interface FrontOptions {
  /** Authority for servers. */
  readonly certificateAuthority: CertificateAuthority;
  /** Port of HTTPS; a free one by default. */
  readonly port?: number;
  /** Port of HTTP, which redirects to HTTPS; a free one by default. */
  readonly httpPort?: number;
  /** Address to listen on; the loopback address by default. */
  readonly host?: string;
  /** Told of what a virtual host threw; the client learns nothing of it. */
  readonly onError?: (error: unknown, hostname: string) => void;
}

/** What plain HTTP answers for a real host name and a path with query; undefined where that is for the front to say. */
export type PlainHttpRedirect = (
  hostname: string,
  url: string,
) => { readonly status: number; readonly location: string } | undefined;

/**
 * The twin's front door: one TLS listener that serves every real host NAME as https://NAME.localhost:PORT, with a
 * certificate for each name, and one HTTP listener that redirects to it.
 */
export class Front {
  readonly #options: FrontOptions;
  readonly #certificates: ServerCertificates;
  readonly #hosts = new Map<string, VirtualHost>();
  readonly #resolvers: ((hostname: string) => VirtualHost | undefined)[] = [];
  #plainHttpRedirect: PlainHttpRedirect = () => undefined;
  #entries: readonly FrontEntry[] = [];
  #listening: { readonly port: number; readonly httpPort: number; readonly close: () => Promise<void> } | undefined;

  constructor(options: FrontOptions) {
    this.#options = options;
    this.#certificates = new ServerCertificates(options.certificateAuthority);
  }

  /** @throws Error when the host is there already: two services of one name would hide each other. */
  add(host: VirtualHost): void {
    const hostname = host.hostname.toLowerCase();
    if (this.#hosts.has(hostname)) {
      throw new Error(`The host ${hostname} is served already.`);
    }
    this.#hosts.set(hostname, host);
  }

  /** Asked, in the order of adding, for hosts that were not added by name. Gets the real name in lower case. */
  addResolver(resolve: (hostname: string) => VirtualHost | undefined): void {
    this.#resolvers.push(resolve);
  }

  /** Asked first what plain HTTP answers for a host; where it does not know, the front sends to HTTPS itself. */
  redirectPlainHttpBy(redirect: PlainHttpRedirect): void {
    this.#plainHttpRedirect = redirect;
  }

  /** Sets the list that https://localhost:PORT/ and the page for unknown hosts show. */
  describe(entries: readonly FrontEntry[]): void {
    this.#entries = entries;
  }

  /** Port of HTTPS. @throws Error before listen() */
  get port(): number {
    return this.#started().port;
  }

  /** Port of HTTP. @throws Error before listen() */
  get httpPort(): number {
    return this.#started().httpPort;
  }

  /** `https://NAME.localhost:PORT` of a real host name; of the front itself for an empty name. @throws Error before listen() */
  origin(hostname: string): string {
    return `https://${hostname === "" ? "" : `${hostname}.`}localhost:${this.port}`;
  }

  /** @throws PortTakenError when a port that was asked for cannot be had. */
  async listen(): Promise<void> {
    if (this.#listening !== undefined) {
      throw new Error("The front listens already.");
    }
    const { certificateAuthority, host = "127.0.0.1", port = 0, httpPort = 0 } = this.#options;
    // For clients that name no host in the handshake; their request is refused with 421.
    const unnamed = await certificateAuthority.issueServer(["localhost"]);
    const https = createHttpsServer(
      {
        ...listenerLimits,
        key: unnamed.keyPem,
        cert: unnamed.certificatePem,
        minVersion: "TLSv1.2",
        handshakeTimeout: 10_000,
        SNICallback: (servername, done) => this.#chooseCertificate(servername, done),
      },
      (request, response) => void this.#answer(request, response),
    );
    const http = createHttpServer(listenerLimits, (request, response) => this.#redirect(request, response));
    const closeHttps = makeGraceful(https);
    const closeHttp = makeGraceful(http);
    const started = async (server: Server, wanted: number, option: string) => {
      try {
        return await listenOn(server, wanted, host, option);
      } catch (error) {
        await closeHttps();
        throw error;
      }
    };
    this.#listening = {
      port: await started(https, port, "--port"),
      httpPort: await started(http, httpPort, "--http-port"),
      close: async () => {
        await Promise.all([closeHttps(), closeHttp()]);
      },
    };
  }

  /** Ends all connections, requests under way within five seconds. */
  async close(): Promise<void> {
    const listening = this.#listening;
    this.#listening = undefined;
    await listening?.close();
  }

  #started() {
    if (this.#listening === undefined) {
      throw new Error("The front does not listen yet.");
    }
    return this.#listening;
  }

  #chooseCertificate(servername: string, done: (error: Error | null, context?: SecureContext) => void): void {
    const hostname = servername.toLowerCase();
    if (nameBelowLocalhost(hostname) === undefined) {
      done(null);
      return;
    }
    this.#certificates.contextFor(hostname).then(
      (context) => done(null, context),
      () => done(new Error("no certificate for this name")),
    );
  }

  #find(name: string): VirtualHost | undefined {
    const known = this.#hosts.get(name);
    if (known !== undefined) {
      return known;
    }
    for (const resolve of this.#resolvers) {
      const found = resolve(name);
      if (found !== undefined) {
        return found;
      }
    }
    return undefined;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requested = requestedHost(request);
    if (!requested.ok) {
      sendPage(response, requested.status, "This request is not served", `<p>${requested.reason}</p>`);
      return;
    }
    if (requested.name === "") {
      this.#welcome(request, response);
      return;
    }
    try {
      const host = this.#find(requested.name);
      if (host === undefined) {
        sendPage(
          response,
          404,
          "No such host in the local twin",
          `<p>Nothing answers for <code>${escapeHtml(requested.name)}</code>. These addresses do:</p>\n${this.#addresses()}`,
        );
        return;
      }
      await host.handle(request, response);
    } catch (error) {
      this.#options.onError?.(error, requested.name);
      if (response.headersSent) {
        response.destroy();
      } else {
        for (const header of response.getHeaderNames()) {
          response.removeHeader(header);
        }
        sendPage(response, 500, "Something went wrong", "<p>The local twin could not answer this request.</p>");
      }
    }
  }

  #addresses(): string {
    const unlisted = [...this.#hosts.keys()].filter((name) => !this.#entries.some(({ hostname }) => hostname === name));
    const entries = [...this.#entries, ...unlisted.map((hostname) => ({ hostname, description: "" }))];
    return addressTable(entries, (hostname) => this.origin(hostname));
  }

  #welcome(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url?.split("?")[0];
    if (path === "/ca.pem") {
      this.#sendAuthority(response);
    } else if (path === "/") {
      sendPage(
        response,
        200,
        "Keyless: the local twin",
        `<p>A local imitation of Google Cloud and Microsoft Entra. Its certificates come from
<a href="/ca.pem">its own authority</a>, which is made anew at each start and vouches for names below localhost only.</p>
${this.#addresses()}`,
      );
    } else {
      sendPage(response, 404, "Not found", `<p>The list of addresses is at <a href="/">${this.origin("")}/</a>.</p>`);
    }
  }

  #sendAuthority(response: ServerResponse): void {
    const { certificatePem } = this.#options.certificateAuthority;
    response.writeHead(200, {
      "Content-Type": "application/x-x509-ca-cert",
      "Content-Disposition": 'attachment; filename="keyless-local-twin-ca.pem"',
      "Content-Length": Buffer.byteLength(certificatePem),
      "Cache-Control": "no-store",
    });
    response.end(certificatePem);
  }

  #redirect(request: IncomingMessage, response: ServerResponse): void {
    const requested = requestedHost(request);
    if (!requested.ok) {
      sendPage(response, requested.status, "This request is not served", `<p>${requested.reason}</p>`);
    } else if (requested.name === "" && request.url === "/ca.pem") {
      this.#sendAuthority(response);
    } else {
      const path = request.url === undefined || request.url === "*" ? "/" : request.url;
      const { status, location } = this.#plainHttpRedirect(requested.name, path) ?? {
        status: 301,
        location: `${this.origin(requested.name)}${path}`,
      };
      response.writeHead(status, { Location: location, "Content-Length": 0 });
      response.end();
    }
  }
}
