import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { ConfigurationError } from "./configuration";
import { errorCode } from "./error-code";
import type { Logger } from "./logging";

export interface ReloadableOptions<Value> {
  /** What the files hold, in words, for the log: "the listener's certificates". */
  readonly what: string;
  readonly files: readonly string[];
  /** Reads and checks the files. @throws {ConfigurationError} */
  readonly load: () => Value;
  readonly logger: Logger;
  readonly onReload?: (value: Value, previous: Value) => void;
  /** Called for each new content that was refused. */
  readonly onFailure?: (problems: readonly string[]) => void;
}

/**
 * A value made from files, made anew when their content changes. A new content that is refused changes nothing: the old
 * value stays, and the log says so once. Where time alone may make it good, it is tried again at each look.
 *
 * Content is compared, not times: a mounted secret is often swapped by a link whose target is older than the last one.
 */
export class Reloadable<Value> {
  readonly #options: ReloadableOptions<Value>;
  #current: Value;
  #seen: string;
  #mayPass = false;

  /** @throws {ConfigurationError} When the files are not good at the start. */
  constructor(options: ReloadableOptions<Value>) {
    this.#options = options;
    // Before the reading: what changes in between is seen at the next look.
    this.#seen = this.#fingerprint();
    this.#current = options.load();
  }

  get current(): Value {
    return this.#current;
  }

  /** Looks at the files; returns whether there is a new value. Never throws. */
  check(): boolean {
    const seen = this.#fingerprint();
    const isNew = seen !== this.#seen;
    if (!isNew && !this.#mayPass) return false;
    this.#seen = seen;
    this.#mayPass = false;
    const { what, load, logger, onReload, onFailure } = this.#options;
    const previous = this.#current;
    try {
      this.#current = load();
      onReload?.(this.#current, previous);
    } catch (error) {
      this.#current = previous;
      this.#mayPass = error instanceof ConfigurationError && error.mayPass;
      if (!isNew) return false;
      const problems = error instanceof ConfigurationError ? error.problems : [String(error)];
      logger.error(
        { event: "reload_failed", what, problems },
        `${what}: the new content is refused, the old one stays`,
      );
      onFailure?.(problems);
      return false;
    }
    logger.info({ event: "reloaded", what }, `${what}: reloaded`);
    return true;
  }

  #fingerprint(): string {
    const hash = createHash("sha256");
    for (const file of this.#options.files) hash.update(contentOf(file)).update("\0");
    return hash.digest("hex");
  }
}

function contentOf(file: string): Buffer | string {
  try {
    return readFileSync(file);
  } catch (error) {
    return `unreadable: ${errorCode(error)}`;
  }
}
