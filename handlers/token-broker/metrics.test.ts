import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BrokerMetrics, type MetricSources } from "./metrics";
import { accessTargetOf, batchAccount } from "./testing/broker-fixture";
import { UpstreamError } from "./upstream/upstream-error";

const target = accessTargetOf(batchAccount);
const sources: MetricSources = {
  tokens: () => [{ target, age: 12.5, remaining: 3_587.5 }],
  tokensMissing: () => 2,
  certificateEnds: () => new Map([["listener", new Date(1_900_000_000_000)]]),
  auditSequence: () => 7,
  approvalsPending: () => 1,
};

function observed(): BrokerMetrics {
  const metrics = new BrokerMetrics();
  metrics.observe(sources);
  return metrics;
}

describe("BrokerMetrics", () => {
  it("reads age, life and what is missing at the moment of the scrape", async () => {
    const text = await observed().text();
    for (const line of [
      `keyless_broker_token_age_seconds{account="${batchAccount}",kind="access_token",audience=""} 12.5`,
      `keyless_broker_token_remaining_seconds{account="${batchAccount}",kind="access_token",audience=""} 3587.5`,
      "keyless_broker_tokens_missing 2",
      'keyless_broker_certificate_end_timestamp_seconds{certificate="listener"} 1900000000',
      "keyless_broker_audit_sequence 7",
      "keyless_broker_approvals_pending 1",
    ]) {
      expect(text).toContain(`${line}\n`);
    }
  });

  it("forgets the token of an account that the policy no longer has", async () => {
    const metrics = new BrokerMetrics();
    let tokens = sources.tokens();
    metrics.observe({ ...sources, tokens: () => tokens });
    expect(await metrics.text()).toContain("keyless_broker_token_age_seconds{");
    tokens = [];
    expect(await metrics.text()).not.toContain("keyless_broker_token_age_seconds{");
  });

  it("counts connections and files that were refused, and requests that had no answer", async () => {
    const metrics = observed();
    metrics.listenerEvent({ kind: "handshake_refused" });
    metrics.reloaded("listener", "refused");
    const failure = new UpstreamError({ upstream: "entra", code: "timeout", description: "late", retryable: true });
    const send = metrics.measured(() => Promise.reject(failure));
    const request = { upstream: "entra", url: "https://entra.example", method: "GET" } as const;
    await expect(send({ ...request, headers: {} }, new AbortController().signal)).rejects.toBe(failure);
    const text = await metrics.text();
    expect(text).toContain('keyless_broker_connections_refused_total{reason="handshake_refused"} 1');
    expect(text).toContain('keyless_broker_reloads_total{what="listener",outcome="refused"} 1');
    expect(text).toContain('keyless_broker_upstream_request_seconds_count{upstream="entra",outcome="timeout"} 1');
  });

  it("has the metrics that the documentation lists, and no others of its own", async () => {
    const docs = readFileSync(join(__dirname, "../../docs/broker.md"), "utf8");
    const [, section = ""] = docs.split("\n## Metrics\n");
    const rows = (section.split("\n## ")[0] ?? "").match(/^\| `[^|]+\|/gm) ?? [];
    const listed = rows.flatMap((row) => [...row.matchAll(/`(\w+)`/g)].map(([, name]) => `keyless_broker_${name}`));
    const served = [...(await observed().text()).matchAll(/^# TYPE (keyless_broker_\w+)/gm)].map(([, name]) => name);
    expect(listed.sort()).toEqual(served.sort());
  });
});
