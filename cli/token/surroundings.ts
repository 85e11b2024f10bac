/** What a command needs of its process. */
export interface CommandSurroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly print: (text: string) => void;
  /** For people: one line. */
  readonly say: (line: string) => void;
  /** Aborts when the process is told to end. */
  readonly signal: AbortSignal;
}

/** Of this process. */
export function processSurroundings(): CommandSurroundings {
  const ending = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => ending.abort());
  return {
    environment: process.env,
    print: (text) => process.stdout.write(text),
    say: (line) => process.stderr.write(`keyless: ${line}\n`),
    signal: ending.signal,
  };
}

/** For commands that print and end. */
export const printing: Pick<CommandSurroundings, "print"> = { print: (text) => process.stdout.write(text) };
