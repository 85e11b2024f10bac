import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";

export interface ServiceRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

export interface ServiceAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** A service on a local port that answers as it is told, and remembers what it was asked. */
export async function startFakeService(answer: (request: ServiceRequest) => ServiceAnswer | undefined) {
  const requests: ServiceRequest[] = [];
  const server = createServer((incoming, outgoing) => {
    const request = { method: incoming.method ?? "", path: incoming.url ?? "", headers: incoming.headers };
    requests.push(request);
    const { status = 200, headers = {}, body } = answer(request) ?? { status: 404, body: "not found" };
    incoming.resume();
    outgoing.writeHead(status, headers).end(typeof body === "string" ? body : JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a port");
  return {
    origin: `http://127.0.0.1:${address.port}`,
    requests,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

export type FakeService = Awaited<ReturnType<typeof startFakeService>>;
