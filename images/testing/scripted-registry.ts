import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { MemoryRegistry, type MemoryRegistryOptions } from "../registry/memory-registry";
import type { Pace } from "../registry/persistence";

/** For tests: a registry on the loopback address, which a test can make misbehave, and a clock that nobody waits for. */

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: NodeJS.Dict<string | string[]>;
}

/** Answers itself, or lets the registry. Called before a request's body is read, with the request's number from 0. */
export type Misbehaviour = (
  received: ReceivedRequest,
  response: ServerResponse,
  index: number,
  request: IncomingMessage,
) => "answered" | undefined;

export interface ScriptedRegistry {
  readonly origin: string;
  /** Host and port, as in an image reference. */
  readonly host: string;
  readonly registry: MemoryRegistry;
  readonly requests: ReceivedRequest[];
  /** `METHOD /path` of the requests since the last call. */
  heard(): readonly string[];
  close(): Promise<void>;
}

export async function startScriptedRegistry(
  misbehave: Misbehaviour = () => undefined,
  options: MemoryRegistryOptions = {},
): Promise<ScriptedRegistry> {
  const registry = new MemoryRegistry(options);
  const requests: ReceivedRequest[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://registry");
    const received = {
      method: request.method ?? "",
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
    };
    requests.push(received);
    if (misbehave(received, response, requests.length - 1, request) === "answered") return;
    registry.handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  let heardBefore = 0;
  return {
    origin: `http://127.0.0.1:${address.port}`,
    host: `127.0.0.1:${address.port}`,
    registry,
    requests,
    heard: () => {
      const lines = requests.slice(heardBefore).map(({ method, path }) => `${method} ${path}`);
      heardBefore = requests.length;
      return lines;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Sends a status, headers and a text. */
export function reply(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
  body = "",
): "answered" {
  response.writeHead(status, headers);
  response.end(body);
  return "answered";
}

export interface RecordedPace extends Pace {
  readonly lines: string[];
  /** Pauses that were asked for, in milliseconds. */
  readonly pauses: number[];
}

/** A clock that moves only when somebody sleeps. */
export function recordedPace(): RecordedPace {
  let time = Date.parse("2026-01-01T00:00:00Z");
  const lines: string[] = [];
  const pauses: number[] = [];
  return {
    lines,
    pauses,
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
