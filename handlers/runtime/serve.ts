import type { EventEmitter } from "node:events";
import type { Logger } from "./logging";
import { OpenConnections } from "./open-connections";

/** What `serve` needs of a fastify instance. */
export interface ServableApplication {
  listen(options: { port: number; host: string; listenTextResolver: (address: string) => string }): Promise<string>;
  /** Stops accepting, waits for the requests that have begun, closes idle connections. */
  close(): PromiseLike<unknown>;
  readonly server: EventEmitter & { closeIdleConnections(): void };
}

export interface ServeOptions {
  readonly port: number;
  readonly host: string;
  /** As clients see it; fastify cannot tell when it is given a server of its own kind. "http" unless given. */
  readonly scheme?: "http" | "https";
  readonly logger: Logger;
  /** Called when the signal arrives, beside the closing of the server: stop background work here. */
  readonly onShutdown?: () => void | Promise<void>;
  /** Milliseconds from the signal to the forced end; Cloud Run kills ten seconds after SIGTERM. */
  readonly hardLimitMilliseconds?: number;
}

/** Milliseconds from the signal to the end of connections on which no request is under way: one may just have been sent. */
const unusedMilliseconds = 500;

/**
 * Listens, and ends the process in good order on SIGTERM or SIGINT: what began is finished, new work is not taken, and at
 * the hard limit or at a second signal the process ends with status 1.
 *
 * @returns The address listened on, such as `http://127.0.0.1:8080`.
 * @throws The listener's error, such as EADDRINUSE.
 */
export async function serve(application: ServableApplication, options: ServeOptions): Promise<string> {
  const { port, host, scheme = "http", logger, hardLimitMilliseconds = 9_000 } = options;
  const withScheme = (address: string) => address.replace(/^https?:/, `${scheme}:`);
  const connections = new OpenConnections(application.server);
  const listened = await application.listen({
    port,
    host,
    listenTextResolver: (address) => `listening on ${withScheme(address)}`,
  });
  const address = withScheme(listened);

  let closing = false;
  const shutDown = (signal: NodeJS.Signals) => {
    if (closing) {
      logger.error({ signal }, "second signal, ending at once");
      process.exit(1);
    }
    closing = true;
    logger.info({ signal }, "shutting down");
    setTimeout(() => {
      logger.error({ hardLimitMilliseconds }, "requests still open at the hard limit, ending");
      process.exit(1);
    }, hardLimitMilliseconds).unref();
    // A kept-alive connection whose request ends after the closing began would otherwise stay open until its own timeout.
    setInterval(() => application.server.closeIdleConnections(), 50);
    setTimeout(() => connections.endUnused(), unusedMilliseconds);
    Promise.all([application.close(), options.onShutdown?.()]).then(
      () => {
        logger.info("shut down");
        process.exit(0);
      },
      (error: unknown) => {
        logger.error({ err: error }, "shutdown failed");
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", shutDown);
  process.on("SIGINT", shutDown);

  logger.info({ address }, "ready");
  return address;
}
