import type { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { Server as TlsServer } from "node:tls";

/** Milliseconds between two looks. */
const look = 50;

/**
 * The connections of a server, to be ended when it is told to end. Node itself ends those that are kept alive after a
 * request; one that has said nothing yet, such as a probe's, or half of a request's head, it waits for without a limit.
 */
export class OpenConnections {
  readonly #sockets = new Set<Socket>();

  /** @param server Of HTTP, or of HTTP over TLS. */
  constructor(server: EventEmitter) {
    // The bytes below TLS are another socket's, on which no request is ever seen.
    server.on(server instanceof TlsServer ? "secureConnection" : "connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
    });
  }

  /**
   * From now on ends each connection on which no request is under way.
   *
   * @returns What stops it.
   */
  endUnused(): () => void {
    const end = () => {
      for (const socket of this.#sockets) if (!hasRequest(socket)) socket.destroy();
    };
    end();
    const timer = setInterval(end, look);
    return () => clearInterval(timer);
  }
}

/** Node keeps the answer that is being given at its socket, from the end of a request's head to the end of the answer. */
const hasRequest = (socket: Socket): boolean => Boolean(Reflect.get(socket, "_httpMessage"));
