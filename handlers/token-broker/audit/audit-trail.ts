import { randomUUID } from "node:crypto";
import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import { ConfigurationError, errorCode, type Logger } from "../../runtime";
import { type AuditFields, type ChainState, formOf, genesisHash, type LineForm, link } from "./audit-chain";
import { lastLineOf } from "./last-line";

/** Where the lines of the audit go. */
export interface AuditTrail {
  /** @param settled Called once the line is written, or with the error when it cannot be. */
  add(form: LineForm, settled: (error?: AuditUnavailableError) => void): void;
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
    trail.add(formOf(fields), (error) => (error === undefined ? resolve() : reject(error)));
  });
}

const newChain = (hash: string): ChainState => ({ chain: randomUUID(), sequence: 0, hash });

/** As part of the log: severity and message are the log's, the rest is the line. */
export class LogTrail implements AuditTrail {
  readonly #logger: Logger;
  readonly #now: () => Date;
  #state = newChain(genesisHash);

  constructor(logger: Logger, now: () => Date) {
    this.#logger = logger;
    this.#now = now;
  }

  get sequence(): number {
    return this.#state.sequence;
  }

  add(form: LineForm, settled: () => void): void {
    const { text, state } = link(form, this.#state, this.#now().toISOString());
    this.#state = state;
    const record: Record<string, unknown> = JSON.parse(text);
    const event = String(record["event"]);
    const words = event.replaceAll("_", " ");
    if (isWarning(event)) this.#logger.warn(record, `${words}: ${String(record["reason"])}`);
    else this.#logger.info(record, words);
    settled();
  }

  reopen(): void {}

  close(): void {}
}

const isWarning = (event: string): boolean => event.endsWith("_refused");

interface Waiting {
  readonly form: LineForm;
  readonly settled: (error?: AuditUnavailableError) => void;
}

/**
 * As a file of its own, one JSON object a line. What many requests have to say at a moment is written at once; none of
 * them goes on before its line is in the file. A write that fails leaves neither half a line nor a hole in the chain.
 */
export class FileTrail implements AuditTrail {
  readonly #path: string;
  readonly #logger: Logger;
  readonly #now: () => Date;
  #descriptor: number;
  #state: ChainState;
  #waiting: Waiting[] = [];
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

  add(form: LineForm, settled: (error?: AuditUnavailableError) => void): void {
    this.#waiting.push({ form, settled });
    if (this.#waiting.length === 1) setImmediate(() => this.#flush());
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
  }

  #flush(): void {
    const waiting = this.#waiting.splice(0);
    if (waiting.length === 0) return;
    const time = this.#now().toISOString();
    let state = this.#state;
    let text = "";
    for (const { form } of waiting) {
      const linked = link(form, state, time);
      state = linked.state;
      text += `${linked.text}\n`;
    }
    try {
      this.#append(Buffer.from(text));
    } catch (error) {
      const code = errorCode(error) ?? "unknown";
      if (!this.#isFailing) {
        this.#logger.error(
          { event: "audit_failing", code },
          `the audit cannot be written (${code}): no token is given`,
        );
      }
      this.#isFailing = true;
      for (const { settled } of waiting) settled(new AuditUnavailableError(`the audit cannot be written (${code})`));
      return;
    }
    if (this.#isFailing) this.#logger.info({ event: "audit_recovered" }, "the audit can be written again");
    this.#isFailing = false;
    this.#state = state;
    for (const { settled } of waiting) settled();
  }

  #append(bytes: Buffer): void {
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(this.#descriptor, bytes, written);
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
    const { hash, isWhole } = lastLineOf(
      (buffer, position) => readSync(this.#descriptor, buffer, 0, buffer.length, position),
      stat.size,
    );
    if (isWhole && hash !== undefined) return hash;
    this.#logger.error({ event: "audit_damaged" }, "the audit file ends in a damaged line: see keyless audit verify");
    if (!isWhole) writeSync(this.#descriptor, "\n");
    return hash;
  }
}

function openForAppending(path: string): number {
  try {
    return openSync(path, "a+", 0o600);
  } catch (error) {
    throw new ConfigurationError([`audit.file: cannot open the file for writing (${errorCode(error) ?? "unknown"})`]);
  }
}
