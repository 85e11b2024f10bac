import { randomUUID } from "node:crypto";
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import { ConfigurationError, errorCode, type Logger } from "../../runtime";
import { type AuditFields, type ChainState, formOf, genesisHash, type LineForm, link } from "./audit-chain";
import { lastLineOf } from "./last-line";

/** A line on its way, and what waits for it. */
export interface PendingLine extends LineForm {
  /** Called once the line is written, or with the error when it cannot be. */
  settled(error?: AuditUnavailableError): void;
}

/** Where the lines of the audit go. */
export interface AuditTrail {
  add(line: PendingLine): void;
  /** Writes the lines now, and all that wait. */
  addAll(lines: readonly PendingLine[]): void;
  /** Sequence number of the last line. */
  readonly sequence: number;
  /** The file has been moved away: a new one is begun in its place. */
  reopen(): void;
  close(): void;
}

/** A line of the audit cannot be written, and what it would have recorded must not happen. */
export class AuditUnavailableError extends Error {
  override readonly name = "AuditUnavailableError";
}

/** Resolves once the line is written. @throws {AuditUnavailableError} When it cannot be. */
export function writeLine(trail: Pick<AuditTrail, "add">, fields: AuditFields): Promise<void> {
  return new Promise((resolve, reject) => {
    trail.add({ ...formOf(fields), settled: (error) => (error === undefined ? resolve() : reject(error)) });
  });
}

const newChain = (hash: string): ChainState => ({ chain: randomUUID(), sequence: 0, hash });

/**
 * As a file of its own, one JSON object a line. What many requests have to say at a moment is written at once; none of them
 * goes on before its line is in the file. A write that fails leaves neither half a line nor a hole in the chain.
 */
export class FileTrail implements AuditTrail {
  readonly #path: string;
  readonly #logger: Logger;
  readonly #now: () => Date;
  #descriptor: number;
  #state: ChainState;
  #waiting: PendingLine[] = [];
  /** The last moment that was written, and how. */
  #moment = Number.NaN;
  #time = "";
  #isFailing = false;

  /** @throws {ConfigurationError} When the file cannot be opened. */
  constructor(path: string, logger: Logger, now: () => Date) {
    this.#path = path;
    this.#logger = logger;
    this.#now = now;
    this.#descriptor = openForAppending(path);
    this.#state = newChain(this.#lastHash() ?? genesisHash);
  }

  get sequence(): number {
    return this.#state.sequence;
  }

  add(line: PendingLine): void {
    if (this.#waiting.push(line) === 1) setImmediate(this.#flush);
  }

  addAll(lines: readonly PendingLine[]): void {
    if (this.#waiting.length === 0) this.#write(lines);
    else {
      this.#waiting = this.#waiting.concat(lines);
      this.#flush();
    }
  }

  reopen(): void {
    this.#flush();
    try {
      const next = openForAppending(this.#path);
      closeSync(this.#descriptor);
      this.#descriptor = next;
    } catch (error) {
      this.#logger.error({ event: "audit_not_reopened", err: error }, "the audit file cannot be opened anew");
    }
  }

  close(): void {
    this.#flush();
    closeSync(this.#descriptor);
    // The number may soon be another file's: a line that comes too late must not go there.
    this.#descriptor = -1;
  }

  readonly #flush = (): void => {
    const waiting = this.#waiting;
    this.#waiting = [];
    if (waiting.length > 0) this.#write(waiting);
  };

  #write(waiting: readonly PendingLine[]): void {
    const time = this.#timeNow();
    let state = this.#state;
    let text = "";
    for (const line of waiting) {
      const linked = link(line, state, time);
      text += `${linked.text}\n`;
      state = linked.state;
    }
    try {
      this.#append(text);
    } catch (error) {
      const code = errorCode(error) ?? "unknown";
      if (!this.#isFailing) {
        this.#logger.error(
          { event: "audit_failing", code },
          `the audit cannot be written (${code}): no token is given`,
        );
      }
      this.#isFailing = true;
      for (const line of waiting) line.settled(new AuditUnavailableError(`the audit cannot be written (${code})`));
      return;
    }
    if (this.#isFailing) this.#logger.info({ event: "audit_recovered" }, "the audit can be written again");
    this.#isFailing = false;
    this.#state = state;
    for (const line of waiting) line.settled();
  }

  #timeNow(): string {
    const now = this.#now();
    if (now.getTime() !== this.#moment) {
      this.#moment = now.getTime();
      this.#time = now.toISOString();
    }
    return this.#time;
  }

  /** @param text ASCII: as many bytes as characters. */
  #append(text: string): void {
    let written = 0;
    try {
      while (written < text.length) {
        written += writeSync(this.#descriptor, written === 0 ? text : text.slice(written), null, "latin1");
      }
    } catch (error) {
      // A full disk takes part of a line: it is taken back, which needs no space.
      const stat = fstatSync(this.#descriptor);
      if (stat.isFile()) ftruncateSync(this.#descriptor, stat.size - written);
      throw error;
    }
  }

  /** Of the last whole line; what a crash has left of another is closed off, for the verification to find. */
  #lastHash(): string | undefined {
    const stat = fstatSync(this.#descriptor);
    if (!stat.isFile() || stat.size === 0) return undefined;
    const last = lastLineOf(
      (buffer, position) => readSync(this.#descriptor, buffer, 0, buffer.length, position),
      stat.size,
    );
    if (last.isWhole && last.isLast) return last.hash;
    this.#logger.error({ event: "audit_damaged" }, "the audit file ends in a damaged line: see keyless audit verify");
    if (!last.isWhole) writeSync(this.#descriptor, "\n");
    return last.hash;
  }
}

function openForAppending(path: string): number {
  try {
    return openSync(path, "a+", 0o600);
  } catch (error) {
    throw new ConfigurationError([`audit.file: cannot open the file for writing (${errorCode(error) ?? "unknown"})`]);
  }
}
