import { writeSync } from "node:fs";
import type { DestinationStream } from "pino";
import { errorCode } from "./error-code";

/** Milliseconds for which a full pipe is waited for, and between two tries. */
const longestWait = 2_000;
const pause = 10;

/**
 * Lines that go to a file descriptor, each whole before the next. A disk that is full, and a reader that has gone away, are
 * no reason for a process to end: whoever writes to `lenient` goes on without the line. Whoever must know whether it
 * was written takes `strict`.
 */
export class LogOutput {
  readonly #descriptor: number;
  /** Whether the last line is there in part. */
  #isCut = false;
  #isFailing = false;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** A line that cannot be written is lost. */
  readonly lenient: DestinationStream = {
    write: (line) => {
      try {
        this.#write(line);
      } catch {
        // There is nowhere to say so.
      }
    },
  };

  /** Throws the system's error for a line that cannot be written whole. */
  readonly strict: DestinationStream = { write: (line) => this.#write(line) };

  #write(line: string): void {
    const bytes = Buffer.from(this.#isCut ? `\n${line}` : line);
    let written = 0;
    let waited = this.#isFailing ? longestWait : 0;
    try {
      while (written < bytes.length) {
        try {
          written += writeSync(this.#descriptor, bytes, written);
        } catch (error) {
          if (errorCode(error) !== "EAGAIN" || waited >= longestWait) throw error;
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
          waited += pause;
        }
      }
      this.#isCut = false;
      this.#isFailing = false;
    } catch (error) {
      if (written > 0) this.#isCut = bytes[written - 1] !== lineFeed;
      this.#isFailing = true;
      throw error;
    }
  }
}

const lineFeed = 0x0a;
