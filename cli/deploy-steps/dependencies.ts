import { setTimeout as wait } from "node:timers/promises";
import { adcCredentials } from "./credentials";

/** As much of fetch as a step uses; met by Node's own and by one that trusts the twin's authority. */
export type StepFetch = (
  url: string,
  init: {
    method: string;
    headers: Record<string, string>;
    body?: string | Uint8Array<ArrayBuffer> | AsyncIterable<Uint8Array>;
    duplex?: "half";
    redirect: "manual";
    signal: AbortSignal;
  },
) => Promise<{
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: AsyncIterable<Uint8Array> | null;
  text(): Promise<string>;
}>;

/** What a step needs of the world. */
export interface DeployStepDependencies {
  readonly fetch: StepFetch;
  /** OAuth access token of whoever deploys; asked for at every request. */
  accessToken(): Promise<string>;
  /** Project that requests are counted against, where the credentials name one (people's do). */
  quotaProject?(): Promise<string | undefined>;
  /** Milliseconds since 1970. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
  /** Takes one line of progress. */
  report(line: string): void;
}

/** The network, the clock, the standard output, and the token of the environment or of Application Default Credentials. */
export function defaultDependencies(environment: NodeJS.ProcessEnv): DeployStepDependencies {
  return {
    ...adcCredentials(environment),
    fetch,
    now: Date.now,
    sleep: async (milliseconds) => {
      await wait(milliseconds);
    },
    report: (line) => {
      console.log(line);
    },
  };
}
