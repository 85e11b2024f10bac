import { type IncomingHttpHeaders, request } from "node:http";
import type { FastifyInstance } from "fastify";

export interface TestRequest {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly payload?: string | Buffer;
}

export interface TestResponse {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Sends a request with the path exactly as given: fetch would tidy "//" and dot segments away. */
export type TestClient = (request: TestRequest) => Promise<TestResponse>;

/** Listens on a free port of the loopback interface. */
export async function listen(app: FastifyInstance): Promise<TestClient> {
  const { hostname, port } = new URL(await app.listen({ port: 0, host: "127.0.0.1" }));
  return ({ url, method = "GET", headers, payload = "" }) =>
    new Promise((resolve, reject) => {
      const allHeaders = { ...headers, "content-length": Buffer.byteLength(payload) };
      const outgoing = request({ hostname, port, path: url, method, headers: allHeaders, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const body = Buffer.concat(chunks).toString();
          resolve({ statusCode: response.statusCode ?? 0, headers: response.headers, body });
        });
      });
      outgoing.on("error", reject);
      outgoing.end(payload);
    });
}
