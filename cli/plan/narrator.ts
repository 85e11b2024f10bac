import { Progress } from "../start/progress";

/** What commands say while they work; on standard error, so that standard output holds the answer alone. */
export interface Narrator {
  /** Runs work under a title. */
  task<Result>(title: string, work: () => Promise<Result>): Promise<Result>;
  /** A line of something that runs. */
  readonly line: (text: string) => void;
  /** A line that only who asked for it wants to see. */
  readonly detail: ((text: string) => void) | undefined;
}

/** @param verbose whether to show what Terraform says while it plans */
export function terminalNarrator(stream: NodeJS.WriteStream, verbose: boolean): Narrator {
  const progress = new Progress(stream);
  const line = (text: string) => {
    if (text.trim() === "") return;
    // A terminal shows a title that moves on this line.
    stream.write(`${stream.isTTY ? "\r\u001b[2K" : ""}  ${text}\n`);
  };
  return {
    task: (title, work) => progress.task(title, work, () => ({ ok: true, details: [] })),
    line,
    detail: verbose ? line : undefined,
  };
}
