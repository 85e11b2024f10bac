import { cpus, totalmem } from "node:os";

/** Median of some figures. */
export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Something measured beside others in one run. */
export interface Contender {
  readonly name: string;
  /** One sample: how long one round took, in milliseconds. */
  sample(): Promise<number> | number;
}

export interface Measurement {
  readonly name: string;
  readonly medianMilliseconds: number;
  readonly samples: readonly number[];
}

/** Measures the contenders in turn, round by round, so that a busy moment of the machine falls on all of them alike. */
export async function measureInTurn(
  contenders: readonly Contender[],
  rounds: number,
  progress: (text: string) => void,
): Promise<readonly Measurement[]> {
  const samples = contenders.map((): number[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, contender] of contenders.entries()) {
      progress(`round ${round + 1} of ${rounds}: ${contender.name}`);
      samples[index]?.push(await contender.sample());
    }
  }
  return contenders.map(({ name }, index) => ({
    name,
    medianMilliseconds: median(samples[index] ?? []),
    samples: samples[index] ?? [],
  }));
}

/** The machine that a figure was measured on. */
export function machine(): string {
  const [first] = cpus();
  return `${cpus().length} × ${first?.model.trim() ?? "unknown processor"}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform} ${process.arch}, Node.js ${process.versions.node}`;
}
