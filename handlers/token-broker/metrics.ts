import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { TokenTarget } from "./exchange/token-target";
import type { KeeperEvent, KeptToken } from "./keeper/token-keeper";
import type { ListenerEvent } from "./listener/listener";
import { type CountAnswers, RequestTally } from "./request-tally";
import { UpstreamError } from "./upstream/upstream-error";
import type { Send } from "./upstream/upstream-request";

/** What gauges read at the moment of a scrape. */
export interface MetricSources {
  readonly tokens: () => readonly KeptToken[];
  /** How many of the tokens that are kept from the start are not there at the moment. */
  readonly tokensMissing: () => number;
  /** When each certificate of the broker ends, by what it is. */
  readonly certificateEnds: () => ReadonlyMap<string, Date>;
  readonly auditSequence: () => number;
  readonly approvalsPending: () => number;
}

const prefix = "keyless_broker_";

/**
 * What the broker counts and measures, in Prometheus's form. Labels have few values: accounts of the policy, reasons of the
 * vocabulary, upstreams; never a client's own words.
 */
export class BrokerMetrics {
  readonly registry = new Registry();
  readonly #requests = new RequestTally(prefix);
  readonly #upstreamSeconds = new Histogram({
    name: `${prefix}upstream_request_seconds`,
    help: "Time of requests to upstreams, by outcome: a status class, or why there was no answer",
    labelNames: ["upstream", "outcome"],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [this.registry],
  });
  readonly #refreshes = new Counter({
    name: `${prefix}token_refreshes_total`,
    help: "Tokens obtained, by account and kind",
    labelNames: ["account", "kind"],
    registers: [this.registry],
  });
  readonly #failures = new Counter({
    name: `${prefix}token_refresh_failures_total`,
    help: "Tokens that could not be obtained, by account, kind, reason and the upstream at fault",
    labelNames: ["account", "kind", "reason", "upstream"],
    registers: [this.registry],
  });
  readonly #connections = new Counter({
    name: `${prefix}connections_refused_total`,
    help: "Connections that ended before a request: refused at the handshake, failed in it, or beyond the limit",
    labelNames: ["reason"],
    registers: [this.registry],
  });
  readonly #reloads = new Counter({
    name: `${prefix}reloads_total`,
    help: "Files read anew because their content changed, by what they hold and whether it was accepted",
    labelNames: ["what", "outcome"],
    registers: [this.registry],
  });

  /** Adds what is read at each scrape, the process's own numbers among it. */
  observe(sources: MetricSources): void {
    const { registry } = this;
    // Ten looks a second at the delay of the event loop: the usual hundred cost a noticeable part of the reads.
    collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 });
    const tokenGauge = (name: string, help: string, value: (token: KeptToken) => number) =>
      new Gauge({
        name: `${prefix}${name}`,
        help,
        labelNames: ["account", "kind", "audience"],
        registers: [registry],
        collect() {
          this.reset();
          for (const token of sources.tokens()) this.set(labelsOf(token.target), value(token));
        },
      });
    tokenGauge("token_age_seconds", "Age of each kept token", ({ age }) => age);
    tokenGauge("token_remaining_seconds", "Life that each kept token has left", ({ remaining }) => remaining);
    new Gauge({
      name: `${prefix}certificate_end_timestamp_seconds`,
      help: "When each of the broker's certificates ends",
      labelNames: ["certificate"],
      registers: [registry],
      collect() {
        for (const [certificate, end] of sources.certificateEnds()) this.set({ certificate }, end.getTime() / 1000);
      },
    });
    const plainGauge = (name: string, help: string, value: () => number) =>
      new Gauge({
        name: `${prefix}${name}`,
        help,
        registers: [registry],
        collect() {
          this.set(value());
        },
      });
    plainGauge(
      "tokens_missing",
      "Tokens that are kept from the start and cannot be given at the moment",
      sources.tokensMissing,
    );
    plainGauge("audit_sequence", "Lines of the audit that this process has written", sources.auditSequence);
    plainGauge("approvals_pending", "Requests that wait for an approval", sources.approvalsPending);
  }

  /** @param outcome `issued`, or the reason of the refusal. */
  answered(endpoint: string, outcome: string, seconds: number): void {
    this.answering(endpoint, outcome)(seconds, 1);
  }

  /** The same for one endpoint and outcome, looked up once. */
  answering(endpoint: string, outcome: string): CountAnswers {
    return this.#requests.counting(endpoint, outcome);
  }

  /** Everything, in Prometheus's text form. */
  async text(): Promise<string> {
    return `${this.#requests.text()}\n${await this.registry.metrics()}`;
  }

  keeperEvent(event: KeeperEvent): void {
    const { account, kind } = event.target;
    if (event.kind === "refreshed") {
      this.#refreshes.inc({ account, kind });
      return;
    }
    const upstream = event.error instanceof UpstreamError ? event.error.upstream : "none";
    this.#failures.inc({ account, kind, reason: event.reason, upstream });
  }

  listenerEvent({ kind }: ListenerEvent): void {
    this.#connections.inc({ reason: kind });
  }

  reloaded(what: string, outcome: "accepted" | "refused"): void {
    this.#reloads.inc({ what, outcome });
  }

  /** Measures each request that is sent. */
  measured(send: Send): Send {
    return async (request, signal) => {
      const { upstream } = request;
      const end = this.#upstreamSeconds.startTimer({ upstream });
      try {
        const response = await send(request, signal);
        end({ outcome: `${Math.floor(response.status / 100)}xx` });
        return response;
      } catch (error) {
        end({ outcome: error instanceof UpstreamError ? error.code : "error" });
        throw error;
      }
    };
  }
}

const labelsOf = (target: TokenTarget) => ({
  account: target.account,
  kind: target.kind,
  audience: target.kind === "id_token" ? target.audience : "",
});
