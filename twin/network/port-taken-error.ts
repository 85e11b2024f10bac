import type { Server } from "node:net";

/** A port that was asked for cannot be had. The message says what to do, in one line. */
export class PortTakenError extends Error {
  override readonly name = "PortTakenError";
  readonly port: number;

  constructor(port: number, reason: "taken" | "forbidden", option: string) {
    super(
      reason === "taken"
        ? `Port ${port} is taken. Choose another with ${option} N, or leave the option out for a free one.`
        : `Port ${port} may not be used by this account. Choose one above 1023 with ${option} N, or leave the option out for a free one.`,
    );
    this.port = port;
  }
}

/**
 * Listens and returns the port; 0 asks for a free one.
 * @param option name of the command-line option that sets the port, for the error.
 * @throws PortTakenError
 */
export function listenOn(server: Server, port: number, host: string, option: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE" || error.code === "EACCES") {
        reject(new PortTakenError(port, error.code === "EACCES" ? "forbidden" : "taken", option));
      } else {
        reject(error);
      }
    };
    server.once("error", refuse);
    server.listen(port, host, () => {
      server.off("error", refuse);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}
