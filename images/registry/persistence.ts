import { setTimeout as wait } from "node:timers/promises";
import { RegistryError } from "./registry-error";

/** The clock, and where one line of progress goes. */
export interface Pace {
  /** Milliseconds since 1970. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
  report(line: string): void;
}

/** An attempt that failed, and is worth another. */
export class Later {
  /** @param retryAfter milliseconds that the registry asks to wait */
  constructor(
    readonly problem: string,
    readonly retryAfter = 0,
  ) {}
}

const firstPause = 1_000;
const longestPause = 30_000;

/** Tries again, with growing pauses and no sooner than asked, until it is `patience` milliseconds since the first failure. */
export async function persist<Result>(
  attempt: () => Promise<Result | Later>,
  { pace, patience }: { readonly pace: Pace; readonly patience: number },
): Promise<Result> {
  let deadline: number | undefined;
  for (let pause = firstPause; ; pause = Math.min(2 * pause, longestPause)) {
    const outcome = await attempt();
    if (!(outcome instanceof Later)) return outcome;
    deadline ??= pace.now() + patience;
    const left = deadline - pace.now();
    const next = Math.max(pause, outcome.retryAfter);
    if (next > left) throw new RegistryError("gave-up", `Gave up: ${outcome.problem}`);
    pace.report(`${outcome.problem}; trying again in ${Math.ceil(next / 1_000)} s`);
    await pace.sleep(next);
  }
}

/** The real clock. */
export function realPace(report: (line: string) => void): Pace {
  return {
    now: Date.now,
    sleep: async (milliseconds) => {
      await wait(milliseconds);
    },
    report,
  };
}
