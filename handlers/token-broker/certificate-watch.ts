import type { Logger } from "../runtime";
import { type Clock, type Deadline, deadlineIn, remaining } from "./clock";

const day = 24 * 3_600_000;
/** Milliseconds before its end at which a certificate is worth a warning, and at which it is an error not to act. */
const warnBefore = 14 * day;
const alarmBefore = 3 * day;

/** Says once a day in the log which certificates of the broker end soon. */
export class CertificateWatch {
  readonly #ends: () => ReadonlyMap<string, Date>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #saidUntil = new Map<string, Deadline>();

  /** @param ends When each certificate ends, by what it is. */
  constructor(ends: () => ReadonlyMap<string, Date>, clock: Clock, logger: Logger) {
    this.#ends = ends;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** Looks now and every minute; returns what stops it. */
  start(): () => void {
    this.#look();
    return this.#clock.every(60_000, () => this.#look());
  }

  #look(): void {
    const now = this.#clock.now();
    for (const [certificate, notAfter] of this.#ends()) {
      const left = notAfter.getTime() - now.wall;
      // A renewed certificate is another one.
      const key = `${certificate} ${notAfter.getTime()}`;
      const said = this.#saidUntil.get(key);
      if (left > warnBefore || (said !== undefined && remaining(said, now) > 0)) continue;
      this.#saidUntil.set(key, deadlineIn(now, day));
      const record = { event: "certificate_ends_soon", certificate, notAfter };
      const sentence = left <= 0 ? `${certificate} has ended` : `${certificate} ends in ${Math.floor(left / day)} days`;
      if (left <= alarmBefore) this.#logger.error(record, sentence);
      else this.#logger.warn(record, sentence);
    }
  }
}
