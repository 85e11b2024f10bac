import { randomUUID } from "node:crypto";
import { errorCode, type Logger } from "../../runtime";
import { type ChainState, genesisHash, link } from "./audit-chain";
import { type AuditTrail, AuditUnavailableError, type PendingLine } from "./audit-trail";

/**
 * The audit as part of the log: severity and message are the log's, the rest is the line. A line that the log does not take
 * leaves no hole in the chain, and what waits for it learns of it.
 */
export class LogTrail implements AuditTrail {
  readonly #logger: Logger;
  readonly #now: () => Date;
  #state: ChainState = { chain: randomUUID(), sequence: 0, hash: genesisHash };

  /** @param logger One that throws where a line cannot be written. */
  constructor(logger: Logger, now: () => Date) {
    this.#logger = logger;
    this.#now = now;
  }

  get sequence(): number {
    return this.#state.sequence;
  }

  add(line: PendingLine): void {
    const { text, state } = link(line, this.#state, this.#now().toISOString());
    const record: Record<string, unknown> = JSON.parse(text);
    const event = String(record["event"]);
    const words = event.replaceAll("_", " ");
    try {
      if (event.endsWith("_refused")) this.#logger.warn(record, `${words}: ${String(record["reason"])}`);
      else this.#logger.info(record, words);
    } catch (error) {
      line.settled(new AuditUnavailableError(`the log cannot be written (${errorCode(error) ?? "unknown"})`));
      return;
    }
    this.#state = state;
    line.settled();
  }

  addAll(lines: readonly PendingLine[]): void {
    for (const line of lines) this.add(line);
  }

  reopen(): void {}

  close(): void {}
}
