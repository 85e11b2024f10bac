import { spawn } from "node:child_process";
import { linesOf } from "./lines";

export interface RunOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Told of each line that the program writes while it works. */
  readonly onLine?: ((line: string) => void) | undefined;
}

export interface ProgramEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Whether it was told to stop meanwhile. */
  readonly interrupted: boolean;
}

const signals: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM"];

/**
 * Runs a program to its end. Ctrl-C and termination are handed on once each, so that Terraform, which it is or starts, stops
 * in good order: it runs in a process group of its own, since a terminal would send it a second Ctrl-C, at which Terraform
 * gives up at once and leaves its lock behind.
 *
 * @throws {NodeJS.ErrnoException} where it cannot be started
 */
export async function runToEnd(
  program: string,
  parameters: readonly string[],
  { cwd, env, onLine }: RunOptions,
): Promise<ProgramEnd> {
  const child = spawn(program, parameters, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  let interrupted = false;
  const handOn = (signal: NodeJS.Signals) => {
    interrupted = true;
    child.kill(signal);
  };
  for (const signal of signals) process.on(signal, handOn);
  try {
    const stdout = linesOf(child.stdout, onLine);
    const stderr = linesOf(child.stderr, onLine);
    const code = await new Promise<number>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (exitCode) => resolve(exitCode ?? 1));
    });
    return { code, stdout: stdout.text, stderr: stderr.text, interrupted };
  } finally {
    for (const signal of signals) process.off(signal, handOn);
  }
}
