import type { ServerUnderTest } from "./broker";
import { bundled } from "./bundled";
import { clientProcessor, startChild } from "./child";
import { type LoadResult, type LoadTask, loadResultSchema } from "./load-task";

export interface LoadFigures extends LoadResult {
  readonly perSecond: number;
  /** Microseconds of the server's processor for each answer. */
  readonly serverMicroseconds: number;
  /** How much of its time the server's processor was busy, from 0 to 1. */
  readonly busy: number;
}

/** Loads a server from a process of its own. @throws {Error} Where a request has failed. */
export async function loaded(server: ServerUnderTest, task: Omit<LoadTask, "port">): Promise<LoadFigures> {
  const before = server.processorMilliseconds();
  const { clientCertificate, clientKey, authority } = task.files;
  const given = { ...task, files: { clientCertificate, clientKey, authority }, port: server.port };
  const child = startChild(clientProcessor, process.execPath, [
    bundled("bench/broker/load.ts"),
    JSON.stringify(given satisfies LoadTask),
  ]);
  const line = await child.line("result ");
  const spent = server.processorMilliseconds() - before;
  await child.stop();
  const result = loadResultSchema.parse(JSON.parse(line.slice("result ".length)));
  if (result.failures > 0) throw new Error(`${result.failures} of ${result.answers} requests failed`);
  return {
    ...result,
    perSecond: (result.answers / result.milliseconds) * 1_000,
    serverMicroseconds: (spent / result.answers) * 1_000,
    busy: spent / result.milliseconds,
  };
}
