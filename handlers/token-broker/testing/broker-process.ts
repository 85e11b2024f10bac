import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { build } from "esbuild";

/** Bundles the broker as the delivery of its image does. */
export async function bundleBroker(outfile: string): Promise<void> {
  await build({
    entryPoints: [`${__dirname}/../main.ts`],
    bundle: true,
    platform: "node",
    format: "cjs",
    outfile,
    logLevel: "silent",
  });
}

export interface BrokerProcess {
  readonly child: ChildProcess;
  /** What it has logged so far. */
  readonly lines: readonly string[];
  /** Waits for a line that holds the text. */
  line(text: string): Promise<string>;
  /** Waits for the line behind the ones that were there at the call. */
  nextLine(text: string): Promise<string>;
  /** Exit status. */
  readonly closed: Promise<unknown>;
  /** Where it listens. */
  address(): Promise<string>;
}

const started: ChildProcess[] = [];

/** Starts the bundle as Cloud Run would. @param shell A prefix for `bash -c`, such as a limit. */
export function startBrokerProcess(bundle: string, environment: Record<string, string>, shell = ""): BrokerProcess {
  const env = { PORT: "0", HOST: "127.0.0.1", K_SERVICE: "token-broker", ...environment };
  const [program, args]: [string, string[]] =
    shell === "" ? [process.execPath, [bundle]] : ["bash", ["-c", `${shell}; exec ${process.execPath} ${bundle}`]];
  const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  started.push(child);
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (text) => {
      lines.push(text);
      for (const wake of waiting) wake();
    });
  }
  const lineAfter = async (text: string, start: number): Promise<string> => {
    for (;;) {
      const found = lines.slice(start).find((candidate) => candidate.includes(text));
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => waiting.add(resolve));
    }
  };
  return {
    child,
    lines,
    line: (text) => lineAfter(text, 0),
    nextLine: (text) => lineAfter(text, lines.length),
    closed: once(child, "close").then(([code]: unknown[]) => code),
    async address() {
      const ready: { address: string } = JSON.parse(await lineAfter('"message":"ready"', 0));
      return ready.address;
    },
  };
}

/** Ends those that still run. */
export function killBrokerProcesses(): void {
  for (const child of started.splice(0)) child.kill("SIGKILL");
}
