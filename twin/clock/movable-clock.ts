import { installDateShift } from "./shift-date.cjs";

/** The one clock of the twin's process. */
export interface MovableClock {
  /** Milliseconds by which `Date` is ahead of the real time. */
  readonly offset: number;
  /**
   * Moves the clock by whole milliseconds, at once; a negative number moves it back.
   * @throws RangeError for anything that is not a whole number.
   */
  advance(milliseconds: number): void;
  /** Calls `listener` with the new offset after each move, until the returned function is called. */
  onChange(listener: (offset: number) => void): () => void;
  /** Puts the real `Date` back and forgets all listeners. */
  uninstall(): void;
}

/**
 * Makes `Date` movable in this process, so that all libraries agree about the time. Timers and `performance.now()` are
 * not touched, nor is what the kernel is asked for: validity of TLS certificates, file times, the Date header of HTTP.
 * @throws Error when the clock of this process is movable already.
 */
export function installMovableClock(): MovableClock {
  const shift = installDateShift();
  const listeners = new Set<(offset: number) => void>();
  return {
    get offset() {
      return shift.offset;
    },
    advance(milliseconds) {
      shift.setOffset(shift.offset + milliseconds);
      for (const listener of [...listeners]) {
        listener(shift.offset);
      }
    },
    onChange(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    uninstall() {
      listeners.clear();
      shift.uninstall();
    },
  };
}
