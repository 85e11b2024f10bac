import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { z } from "zod";
import type { Container } from "./container-files";
import { createRedaction, readLines } from "./handler-log";
import { preloadFile } from "./project-directory";

export interface HandlerProcessOptions {
  readonly file: string;
  readonly container: Container;
  /** Variables besides those of the container. */
  readonly environment: Readonly<Record<string, string>>;
  readonly clockOffset: number;
  /** Milliseconds from SIGTERM to SIGKILL; ten seconds by default, as on Cloud Run. */
  readonly terminationGrace?: number;
  /** Called with each line, tokens and secrets blotted out. */
  readonly onLine: (line: string, stream: "stdout" | "stderr") => void;
}

/** Milliseconds that a request waits for a handler to take over the twin's time. */
const clockPatience = 2_000;
const clockReport = z.object({ clockOffset: z.number() });

/** A handler's process. It ends with the twin, however that ends. */
export class HandlerProcess {
  readonly #child: ChildProcess;
  readonly #container: Container;
  readonly #terminationGrace: number;
  readonly #clockWaiters = new Set<() => void>();
  #wantedOffset: number;
  #reportedOffset: number;
  #lastErrorLine: string | undefined;
  #ended = false;
  /** Settles, never rejects, when the process has ended and its files are gone. */
  readonly exited: Promise<void>;

  constructor(options: HandlerProcessOptions) {
    this.#container = options.container;
    this.#terminationGrace = options.terminationGrace ?? 10_000;
    this.#wantedOffset = options.clockOffset;
    this.#reportedOffset = options.clockOffset;
    const settings = { clockOffset: options.clockOffset, directory: options.container.directory };
    this.#child = spawn(process.execPath, ["--require", preloadFile(), options.file], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      cwd: options.container.directory,
      // Of its own group: a Ctrl-C is for the twin, which stops its handlers itself.
      detached: true,
      env: {
        PATH: process.env.PATH,
        ...options.container.environment,
        ...options.environment,
        KEYLESS_TWIN_CONTAINER: JSON.stringify(settings),
      },
    });
    const redact = createRedaction(options.container.secrets);
    const { stdout, stderr } = this.#child;
    if (stdout !== null && stderr !== null) {
      readLines(stdout, (line) => options.onLine(redact(line), "stdout"));
      readLines(stderr, (line) => {
        this.#lastErrorLine = redact(line).slice(0, 300);
        options.onLine(redact(line), "stderr");
      });
    }
    this.#child.on("message", (message) => this.#takeReport(message));
    // A message to a process that is just ending fails; "close" tells all there is to tell.
    this.#child.on("error", () => undefined);
    this.exited = new Promise((resolve) => {
      const end = () => {
        this.#ended = true;
        this.#releaseClockWaiters();
        void this.#container.remove().finally(resolve);
      };
      this.#child.once("close", end);
      this.#child.once("error", () => this.#child.pid === undefined && end());
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** The last line on the standard error stream, tokens and secrets blotted out, at most 300 characters. */
  get lastErrorLine(): string | undefined {
    return this.#lastErrorLine;
  }

  /** The socket on which the handler serves a port. */
  socketPath(port: number): string {
    return join(this.#container.directory, `${port}.sock`);
  }

  setClockOffset(offset: number): void {
    this.#wantedOffset = offset;
    if (this.#child.connected) {
      this.#child.send({ clockOffset: offset });
    }
  }

  /** Settles when the handler's clock is the twin's, at the latest after two seconds. */
  async clockAgrees(): Promise<void> {
    if (this.#ended || this.#reportedOffset === this.#wantedOffset) {
      return;
    }
    await new Promise<void>((resolve) => {
      const patience = setTimeout(() => done(), clockPatience);
      const done = () => {
        clearTimeout(patience);
        this.#clockWaiters.delete(done);
        resolve();
      };
      this.#clockWaiters.add(done);
    });
  }

  /** SIGTERM, and SIGKILL to a process that does not heed it. */
  async stop(): Promise<void> {
    if (!this.#ended) {
      this.#child.kill("SIGTERM");
      const force = setTimeout(() => this.#child.kill("SIGKILL"), this.#terminationGrace);
      await this.exited;
      clearTimeout(force);
    }
    await this.exited;
  }

  #takeReport(message: unknown): void {
    const report = clockReport.safeParse(message);
    if (report.success) {
      this.#reportedOffset = report.data.clockOffset;
      if (this.#reportedOffset === this.#wantedOffset) {
        this.#releaseClockWaiters();
      }
    }
  }

  #releaseClockWaiters(): void {
    for (const done of [...this.#clockWaiters]) {
      done();
    }
  }
}
