import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { processorMilliseconds } from "../process-figures";

/** Servers have the first processor for themselves, whoever loads them the second; where there is one, they share it. */
const isPinned = availableParallelism() > 1 && existsSync("/usr/bin/taskset");
export const serverProcessor = 0;
export const clientProcessor = 1;

export interface Child {
  readonly pid: number;
  readonly process: ChildProcess;
  /** Waits for a line of its output that holds the text. @throws {Error} With what it printed, when it ends before. */
  line(text: string): Promise<string>;
  /** Processor time so far, with that of its workers. */
  processorMilliseconds(): number;
  stop(): Promise<void>;
}

/** Starts a program on one processor. */
export function startChild(
  processor: number,
  command: string,
  parameters: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Child {
  const [program, ...all] = isPinned
    ? ["taskset", "--cpu-list", String(processor), command, ...parameters]
    : [command, ...parameters];
  const child = spawn(program ?? command, all, {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} could not be started`);
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const each of waiting) each();
  };
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      if (lines.length < 1_000) lines.push(line);
      wake();
    });
  }
  let hasEnded = false;
  const ended = once(child, "exit").then(() => {
    hasEnded = true;
    wake();
  });
  return {
    pid,
    process: child,
    async line(text) {
      for (;;) {
        const found = lines.find((line) => line.includes(text));
        if (found !== undefined) return found;
        if (hasEnded) throw new Error(`${command} ended early:\n${lines.join("\n")}`);
        await new Promise<void>((resolve) => waiting.add(resolve));
      }
    },
    processorMilliseconds: () => [pid, ...descendantsOf(pid)].reduce((sum, each) => sum + millisecondsOf(each), 0),
    async stop() {
      if (hasEnded) return;
      child.kill("SIGTERM");
      await Promise.race([ended, pause(5_000)]);
      if (!hasEnded) child.kill("SIGKILL");
      await ended;
    },
  };
}

function millisecondsOf(pid: number): number {
  try {
    return processorMilliseconds(pid);
  } catch {
    // It has ended in the meantime.
    return 0;
  }
}

function descendantsOf(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean);
    return children.map(Number).flatMap((child) => [child, ...descendantsOf(child)]);
  } catch {
    return [];
  }
}
