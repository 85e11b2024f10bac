import { request } from "node:http";
import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import type { HandlerProcess } from "./handler-process";
import type { StartupProbe } from "./service-resource";

/** Milliseconds; Cloud Run asks every `period_seconds`, a laptop need not wait that long. */
const interval = 25;
const patience = 2_000;

/** The handler did not become healthy. The message ends with what it said last, tokens and secrets blotted out. */
export class StartupError extends Error {
  override readonly name = "StartupError";
}

/**
 * Asks until the handler is healthy: an answer from 200 to 399, or for a probe without a path a connection.
 * @throws StartupError when the process ends or the probe's time is up
 */
export async function waitUntilHealthy(handler: HandlerProcess, probe: StartupProbe): Promise<void> {
  const deadline = performance.now() + probe.deadline;
  let last = `nothing listens on 0.0.0.0:${probe.port}`;
  while (!handler.ended) {
    const result = await ask(handler.socketPath(probe.port), probe.path);
    if (result === "healthy") {
      return;
    }
    last = result ?? last;
    if (performance.now() > deadline) {
      throw new StartupError(withLastLine(`was not healthy within ${probe.deadline / 1000} s: ${last}`, handler));
    }
    await Promise.race([wait(interval), handler.exited]);
  }
  throw new StartupError(withLastLine("ended before it was healthy", handler));
}

const withLastLine = (problem: string, { lastErrorLine }: HandlerProcess): string =>
  lastErrorLine === undefined ? `The handler ${problem}.` : `The handler ${problem}. It last said: ${lastErrorLine}`;

/** "healthy", what is wrong, or undefined when nothing listens. */
function ask(socketPath: string, path: string | undefined): Promise<string | undefined> {
  return new Promise((resolve) => {
    if (path === undefined) {
      const socket = connect(socketPath, () => {
        socket.destroy();
        resolve("healthy");
      }).once("error", () => resolve(undefined));
      return;
    }
    const probe = request(
      { socketPath, path, agent: false, timeout: patience, headers: { Host: "localhost" } },
      (response) => {
        response.resume();
        const { statusCode = 0 } = response;
        resolve(statusCode >= 200 && statusCode < 400 ? "healthy" : `GET ${path} answers ${statusCode}`);
      },
    );
    probe.once("timeout", () => {
      probe.destroy();
      resolve(`GET ${path} does not answer`);
    });
    probe.once("error", () => resolve(undefined));
    probe.end();
  });
}
