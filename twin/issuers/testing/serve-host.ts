import { createServer } from "node:http";
import type { VirtualHost } from "../../network/virtual-host";

export interface ServedHost {
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  close(): Promise<void>;
}

/** Serves a virtual host over plain HTTP on a free port of the loopback address. */
export async function serveHost(host: VirtualHost): Promise<ServedHost> {
  const server = createServer((request, response) => {
    void Promise.resolve(host.handle(request, response)).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a TCP port");
  return {
    origin: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
