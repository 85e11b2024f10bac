const colours = { green: 32, red: 31, yellow: 33, dim: 2, bold: 1 } as const;

/** Where progress is shown; a terminal has a width and takes control sequences. */
export interface ProgressStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** A live list of what is happening, how long it took and what came of it; plain lines where the output is no terminal. */
export class Progress {
  readonly #stream: ProgressStream;
  readonly #live: boolean;
  #ticker: NodeJS.Timeout | undefined;

  constructor(stream: ProgressStream) {
    this.#stream = stream;
    this.#live = stream.isTTY === true && process.env["NO_COLOR"] === undefined;
  }

  /** Shows `title` while `work` runs, then its mark and duration. */
  async task<Result>(
    title: string,
    work: () => Promise<Result>,
    outcome: (result: Result) => Outcome,
  ): Promise<Result> {
    const started = performance.now();
    this.#begin(title);
    try {
      const result = await work();
      this.#end(title, performance.now() - started, outcome(result));
      return result;
    } catch (error) {
      this.#end(title, performance.now() - started, { ok: false, details: [] });
      throw error;
    }
  }

  heading(text: string): void {
    this.line();
    this.line(this.paint("bold", text));
  }

  line(text = ""): void {
    this.#stream.write(`${text}\n`);
  }

  paint(colour: keyof typeof colours, text: string): string {
    return this.#live ? `\u001b[${colours[colour]}m${text}\u001b[0m` : text;
  }

  #begin(title: string): void {
    if (!this.#live) return;
    const frames = ["◜", "◝", "◞", "◟"];
    let frame = 0;
    const draw = () => {
      const width = Math.max(20, (this.#stream.columns ?? 80) - 4);
      this.#stream.write(
        `\r\u001b[2K${this.paint("yellow", frames[frame % frames.length] ?? "")} ${title.slice(0, width)}`,
      );
      frame += 1;
    };
    draw();
    this.#ticker = setInterval(draw, 120);
    this.#ticker.unref();
  }

  #end(title: string, milliseconds: number, { ok, details }: Outcome): void {
    clearInterval(this.#ticker);
    if (this.#live) this.#stream.write("\r\u001b[2K");
    const mark = ok ? this.paint("green", "✔") : this.paint("red", "✖");
    this.line(`${mark} ${title} ${this.paint("dim", duration(milliseconds))}`);
    for (const { label, text } of details) this.line(`    ${this.paint("dim", label.padEnd(9))} ${text}`);
  }
}

export interface Outcome {
  readonly ok: boolean;
  readonly details: readonly { readonly label: string; readonly text: string }[];
}

export function duration(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
