import { createServer } from "node:http";
import type { DeployStepDependencies } from "./dependencies";

/** For tests: a server on the loopback address that plays Google's part, and a clock that does not make anybody wait. */

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; a string as it is. */
  readonly body?: unknown;
  /** Ends the connection without an answer. */
  readonly hangUp?: boolean;
}

export interface ScriptedGoogle {
  readonly origin: string;
  readonly requests: ReceivedRequest[];
  close(): Promise<void>;
}

/** @param answer is asked at each request, with its number from 0 */
export async function startScriptedGoogle(
  answer: (request: ReceivedRequest, index: number) => ScriptedAnswer,
): Promise<ScriptedGoogle> {
  const requests: ReceivedRequest[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const received = {
      method: request.method ?? "",
      path: request.url ?? "",
      headers: request.headers,
      body: Buffer.concat(chunks).toString("utf8"),
    };
    requests.push(received);
    const { status = 200, headers = {}, body = {}, hangUp } = answer(received, requests.length - 1);
    if (hangUp) {
      request.socket.destroy();
      return;
    }
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return {
    origin: `http://127.0.0.1:${address.port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export interface RecordedDependencies extends DeployStepDependencies {
  readonly lines: string[];
  /** Pauses that were asked for, in milliseconds. */
  readonly pauses: number[];
}

export const testToken = "ya29.test-token-0123456789";

/** The real network, and a clock that moves only when somebody sleeps. */
export function recordedDependencies(): RecordedDependencies {
  let time = Date.parse("2026-01-01T00:00:00Z");
  const lines: string[] = [];
  const pauses: number[] = [];
  return {
    lines,
    pauses,
    fetch,
    accessToken: async () => testToken,
    now: () => time,
    sleep: async (milliseconds) => {
      pauses.push(milliseconds);
      time += milliseconds;
    },
    report: (line) => {
      lines.push(line);
    },
  };
}

/** google.rpc.Status as Google's REST interfaces send it. */
export const googleError = (code: number, status: string, message: string): ScriptedAnswer => ({
  status: code,
  body: { error: { code, status, message } },
});
