import type { Logger } from "../runtime";
import { type Clock, type Deadline, deadlineIn, remaining } from "./clock";

const day = 24 * 3_600_000;
const hour = 3_600_000;

/** From when to when a certificate is valid. */
export interface CertificateLife {
  /** Undefined where it is not known. */
  readonly notBefore: Date | undefined;
  readonly notAfter: Date;
}

/**
 * Milliseconds before its end at which a certificate is worth a warning, and at which it is an error not to act. One that
 * lives for hours or days is renewed by a machine when a third to a half of its life is left: it is late after that.
 */
function thresholdsOf({ notBefore, notAfter }: CertificateLife): { readonly warn: number; readonly alarm: number } {
  const life = notBefore === undefined ? Number.POSITIVE_INFINITY : notAfter.getTime() - notBefore.getTime();
  return { warn: Math.min(14 * day, life / 4), alarm: Math.min(3 * day, life / 10) };
}

/** Says once a day in the log which certificates of the broker end soon. */
export class CertificateWatch {
  readonly #lives: () => ReadonlyMap<string, CertificateLife>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #saidUntil = new Map<string, Deadline>();

  /** @param lives Of each certificate, by what it is. */
  constructor(lives: () => ReadonlyMap<string, CertificateLife>, clock: Clock, logger: Logger) {
    this.#lives = lives;
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
    for (const [certificate, life] of this.#lives()) {
      const { notAfter } = life;
      const left = notAfter.getTime() - now.wall;
      const { warn, alarm } = thresholdsOf(life);
      const level = left <= alarm ? "error" : "warn";
      // A renewed certificate is another one, and an alarm does not wait for the day after the warning.
      const key = `${certificate} ${notAfter.getTime()} ${level}`;
      const said = this.#saidUntil.get(key);
      if (left > warn || (said !== undefined && remaining(said, now) > 0)) continue;
      this.#saidUntil.set(key, deadlineIn(now, day));
      const record = { event: "certificate_ends_soon", certificate, notAfter };
      this.#logger[level](record, left <= 0 ? `${certificate} has ended` : `${certificate} ends in ${inWords(left)}`);
    }
    for (const [key, said] of this.#saidUntil) if (remaining(said, now) <= 0) this.#saidUntil.delete(key);
  }
}

/** @param left Milliseconds. */
function inWords(left: number): string {
  if (left >= 2 * day) return `${Math.floor(left / day)} days`;
  return left >= 2 * hour ? `${Math.floor(left / hour)} hours` : `${Math.floor(left / 60_000)} minutes`;
}
