import { statSync } from "node:fs";
import type { Logger } from "../../runtime";

/**
 * Looks whether the audit's file is still the one at its path. Lines that go on into a file that was deleted are seen by
 * nobody, and those that go on into one that was moved away are not where they are looked for.
 */
export class AuditFileWatch {
  readonly #path: string;
  readonly #logger: Logger;
  readonly #onGone: () => void;
  #file: string | undefined;

  /** @param onGone Opens the file anew. */
  constructor(path: string, logger: Logger, onGone: () => void) {
    this.#path = path;
    this.#logger = logger;
    this.#onGone = onGone;
    this.#file = fileAt(path);
  }

  check(): void {
    if (fileAt(this.#path) === this.#file) return;
    this.#logger.warn({ event: "audit_file_gone" }, "the audit file was moved or deleted: a new one is begun");
    this.#onGone();
    // Where it could not be opened, the next look tries again.
    this.#file = fileAt(this.#path) ?? this.#file;
  }

  /** The file was opened anew for another reason. */
  opened(): void {
    this.#file = fileAt(this.#path);
  }
}

/** Which file it is; undefined where there is none. */
function fileAt(path: string): string | undefined {
  try {
    const { dev, ino } = statSync(path);
    return `${dev} ${ino}`;
  } catch {
    return undefined;
  }
}
