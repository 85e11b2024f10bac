const upperBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 20, 60, 300];

/** Counts answers, and the seconds that each of them took. */
export type CountAnswers = (seconds: number, answers: number) => void;

interface EndpointTally {
  readonly outcomes: Map<string, { count: number }>;
  /** For each upper bound the answers that took no longer than it, and longer than the one before. */
  readonly buckets: number[];
  slower: number;
  seconds: number;
}

/**
 * Answers by endpoint and outcome, and how long they took. They are counted with every read of a token, where a general
 * library of metrics, which looks labels up by name each time, costs a noticeable part of the read.
 */
export class RequestTally {
  readonly #prefix: string;
  readonly #endpoints = new Map<string, EndpointTally>();

  /** @param prefix Of the metrics' names. */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** @param outcome `issued`, or the reason of the refusal. */
  counting(endpoint: string, outcome: string): CountAnswers {
    const tally = this.#endpoints.get(endpoint) ?? {
      outcomes: new Map<string, { count: number }>(),
      buckets: upperBounds.map(() => 0),
      slower: 0,
      seconds: 0,
    };
    this.#endpoints.set(endpoint, tally);
    const own = tally.outcomes.get(outcome) ?? { count: 0 };
    tally.outcomes.set(outcome, own);
    return (seconds, answers) => {
      own.count += answers;
      tally.seconds += answers * seconds;
      const { buckets } = tally;
      for (let index = 0; index < upperBounds.length; index += 1) {
        if (seconds <= (upperBounds[index] ?? 0)) {
          buckets[index] = (buckets[index] ?? 0) + answers;
          return;
        }
      }
      tally.slower += answers;
    };
  }

  /**
   * In Prometheus's text form. Endpoints and outcomes are of the broker's own vocabulary, without anything to escape.
   * Source: prometheus.io/docs/instrumenting/exposition_formats.
   */
  text(): string {
    const requests = `${this.#prefix}requests_total`;
    const seconds = `${this.#prefix}request_seconds`;
    const lines = [
      `# HELP ${requests} Requests for tokens, by endpoint and by outcome: issued, or the reason of the refusal`,
      `# TYPE ${requests} counter`,
    ];
    for (const [endpoint, { outcomes }] of this.#endpoints) {
      for (const [outcome, { count }] of outcomes) {
        if (count > 0) lines.push(`${requests}{endpoint="${endpoint}",outcome="${outcome}"} ${count}`);
      }
    }
    lines.push(`# HELP ${seconds} Time from a request for a token to its answer`, `# TYPE ${seconds} histogram`);
    for (const [endpoint, tally] of this.#endpoints) {
      let count = 0;
      for (const [index, bound] of upperBounds.entries()) {
        count += tally.buckets[index] ?? 0;
        lines.push(`${seconds}_bucket{le="${bound}",endpoint="${endpoint}"} ${count}`);
      }
      count += tally.slower;
      lines.push(
        `${seconds}_bucket{le="+Inf",endpoint="${endpoint}"} ${count}`,
        `${seconds}_sum{endpoint="${endpoint}"} ${tally.seconds}`,
        `${seconds}_count{endpoint="${endpoint}"} ${count}`,
      );
    }
    return `${lines.join("\n")}\n`;
  }
}
