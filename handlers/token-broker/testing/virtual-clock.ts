import type { Clock, Instant } from "../clock";

interface Waiting {
  readonly until: number;
  readonly wake: () => void;
}

/** A clock that moves only when told to. Intervals fire in steps of their period, as the real ones would. */
export class VirtualClock implements Clock {
  #wall = Date.UTC(2030, 0, 1);
  #monotonic = 0;
  readonly #intervals = new Set<{ readonly period: number; next: number; readonly callback: () => void }>();
  readonly #sleepers = new Set<Waiting>();

  now(): Instant {
    return { wall: this.#wall, monotonic: this.#monotonic };
  }

  sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const waiting: Waiting = {
        until: this.#monotonic + milliseconds,
        wake: () => {
          this.#sleepers.delete(waiting);
          resolve();
        },
      };
      this.#sleepers.add(waiting);
      signal.addEventListener("abort", waiting.wake);
      if (signal.aborted) waiting.wake();
    });
  }

  every(milliseconds: number, callback: () => void): () => void {
    const interval = { period: milliseconds, next: this.#monotonic + milliseconds, callback };
    this.#intervals.add(interval);
    return () => this.#intervals.delete(interval);
  }

  /** How many intervals run. */
  get intervals(): number {
    return this.#intervals.size;
  }

  /** Lets time pass on both clocks, stopping at each moment when something is due, with all that follows from it. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#monotonic + milliseconds;
    await settle();
    while (this.#monotonic < end) {
      const due = [...this.#sleepers].map(({ until }) => until).concat([...this.#intervals].map(({ next }) => next));
      const step = Math.max(0, Math.min(end, ...due) - this.#monotonic);
      this.#monotonic += step;
      this.#wall += step;
      this.#fire();
      await settle();
    }
  }

  /** Sets the wall clock forward or back; the next tick is a second later. */
  jump(milliseconds: number): void {
    this.#wall += milliseconds;
  }

  #fire(): void {
    for (const waiting of [...this.#sleepers]) if (waiting.until <= this.#monotonic) waiting.wake();
    for (const interval of [...this.#intervals]) {
      while (interval.next <= this.#monotonic) {
        interval.next += interval.period;
        interval.callback();
      }
    }
  }
}

/** Lets everything that is ready to run do so. */
export const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
