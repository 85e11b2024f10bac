/** Shifts `globalThis.Date` by an offset; see shift-date.cjs. */
export interface DateShift {
  /** Milliseconds added to the real time. */
  readonly offset: number;
  setOffset(milliseconds: number): void;
  /** Puts the original `Date` back. */
  uninstall(): void;
}
export function installDateShift(): DateShift;
