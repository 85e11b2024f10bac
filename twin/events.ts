import { EventEmitter } from "node:events";

/** One request that a part of the twin decided, in words a person can follow. Never holds a token, key or assertion. */
export interface Decision {
  /** Which part spoke: "sts", "iamcredentials", "iap", "load-balancer", "machine-front", "entra", "cloud-run",
   * "bigquery", "graph", "metadata-server". */
  readonly by: string;
  readonly request: string;
  readonly outcome: "allowed" | "refused";
  /** The reason, in Google's or Entra's own words where they have any. */
  readonly reason: string;
  /** Plain words beside them. */
  readonly explanation?: string;
}

/** Where the parts of the twin report what they decided. */
export class DecisionLog {
  readonly #emitter = new EventEmitter();

  record(decision: Decision): void {
    this.#emitter.emit("decision", decision);
  }

  /** Calls `listener` for every decision until the returned function is called. */
  subscribe(listener: (decision: Decision) => void): () => void {
    this.#emitter.on("decision", listener);
    return () => this.#emitter.off("decision", listener);
  }
}
