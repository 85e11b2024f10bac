import { TerraformStack, Testing } from "cdktf";
import fc from "fast-check";
import { PropertyError } from "../federation";
import { blockOf, blocksOf, Synthesized } from "../gateway/synthesized";
import { AlertChannels } from "./alert-channels";
import { BrokerObjectives } from "./broker-objectives";
import { FederationAlerts } from "./federation-alerts";
import { FederationDashboard } from "./federation-dashboard";
import { FederationMetrics } from "./federation-metrics";
import { allOf, equals, matches } from "./log-filter";
import { LogMetric } from "./log-metric";
import { matchesFilter } from "./testing/evaluate-filter";
import { WorkforceSignIns, type WorkforceSignInsProps } from "./workforce-sign-ins";

const project = { projectId: "example-dev", projectNumber: "710000000001" };
const pool = "projects/710000000001/locations/global/workloadIdentityPools/github-dev-01";
const expected = [{ account: "batch-job-dev@example-dev.iam.gserviceaccount.com", pools: [pool] }];
const deployers = ["ci-apply-dev@example-dev.iam.gserviceaccount.com"];

function watched(failureRatio?: number): Synthesized {
  const stack = new TerraformStack(Testing.app(), "test");
  const common = { ...project, expected, deployers };
  const metrics = new FederationMetrics(stack, "metrics", { ...common, brokerService: "token-broker" });
  const { names: channels } = new AlertChannels(stack, "channels", { ...project, emails: ["on-call@example.com"] });
  new FederationAlerts(stack, "alerts", {
    ...common,
    metrics,
    channels,
    ...(failureRatio !== undefined && { failureRatio }),
  });
  new BrokerObjectives(stack, "objectives", {
    ...project,
    service: "token-broker",
    backend: "machine-front",
    metrics,
    channels,
  });
  new FederationDashboard(stack, "dashboard", { ...project, title: "Keyless", metrics, brokerService: "token-broker" });
  return new Synthesized(Testing.synth(stack));
}

describe("alerts", () => {
  const policies = watched().ofType("google_monitoring_alert_policy");
  const named = (name: string) => policies.find(({ display_name }) => display_name === name) ?? {};

  it("of log entries come with a limit, which the API asks for (trap 41)", () => {
    const byLog = policies.filter((policy) =>
      blocksOf(policy, "conditions").some((one) => "condition_matched_log" in one),
    );
    expect(byLog).toHaveLength(3);
    for (const policy of byLog)
      expect(blockOf(blockOf(policy, "alert_strategy"), "notification_rate_limit")).toEqual({ period: "300s" });
    for (const policy of policies.filter((one) => !byLog.includes(one)))
      expect(blockOf(policy, "alert_strategy")["notification_rate_limit"]).toBeUndefined();
  });

  it("tell what happened, what to do and whom, each in words of its own", () => {
    for (const policy of policies) {
      expect(String(blockOf(policy, "documentation")["content"]).length).toBeGreaterThan(40);
      expect(policy["notification_channels"]).toHaveLength(1);
      expect(policy["severity"]).toMatch(/^(CRITICAL|ERROR)$/);
    }
    expect(new Set(policies.map(({ display_name }) => display_name)).size).toBe(policies.length);
  });

  it("fire where more than a tenth of the exchanges is refused, without a look for metrics that are yet to come", () => {
    const [condition] = blocksOf(named("Many token exchanges are refused"), "conditions");
    expect(blockOf(condition ?? {}, "condition_prometheus_query_language")).toMatchObject({
      query:
        "sum(rate(logging_googleapis_com:user_keyless_exchange_failures[10m])) / sum(rate(logging_googleapis_com:user_keyless_exchanges[10m])) > 0.1",
      disable_metric_validation: true,
    });
  });

  it.each([0, 1, 10, Number.NaN])("are refused with a ratio of %d", (ratio) => {
    expect(() => watched(ratio)).toThrow("test/alerts: failureRatio is");
  });

  it.each([[[]], [["nobody"]], [["on-call@example.com", "@"]]])("are refused with the addresses %j", (emails) => {
    const stack = new TerraformStack(Testing.app(), "test");
    expect(() => new AlertChannels(stack, "channels", { ...project, emails })).toThrow(PropertyError);
  });
});

describe("objectives of the broker", () => {
  const objectives = watched().ofType("google_monitoring_slo");
  const of = (id: string) => objectives.find(({ slo_id }) => slo_id === id) ?? {};

  it("are a latency below 200 ms at the 95th percentile, refreshes above 99.9 % and availability above 99.95 %", () => {
    expect(objectives.map(({ slo_id, goal }) => [slo_id, goal])).toEqual([
      ["availability", 0.9995],
      ["latency", 0.95],
      ["refreshes", 0.999],
    ]);
    const cut = blockOf(blockOf(of("latency"), "request_based_sli"), "distribution_cut");
    expect(blockOf(cut, "range")["max"]).toBe(200);
  });

  it("count what the metrics count, and the front's own answers", () => {
    const ratio = (id: string) => blockOf(blockOf(of(id), "request_based_sli"), "good_total_ratio");
    const metrics = watched()
      .ofType("google_logging_metric")
      .map(({ name }) => String(name));
    for (const filter of Object.values(ratio("refreshes")))
      expect(metrics).toContain(/logging\.googleapis\.com\/user\/(\w+)/.exec(String(filter))?.[1]);
    expect(ratio("availability")["total_service_filter"]).toContain('"backend_target_name"="machine-front"');
  });
});

describe("the dashboard", () => {
  it("shows only metrics that are declared, and the broker's latency", () => {
    const synthesized = watched();
    const { mosaicLayout } = JSON.parse(String(synthesized.only("google_monitoring_dashboard")["dashboard_json"]));
    const text = JSON.stringify(mosaicLayout);
    const metrics = synthesized.ofType("google_logging_metric").map(({ name }) => String(name));
    const shown = [...text.matchAll(/logging_googleapis_com:user_(\w+)/g)].map(([, name]) => name);
    expect(shown.length).toBeGreaterThan(6);
    for (const name of shown) expect(metrics).toContain(name);
    expect(text).toContain("run_googleapis_com:request_latencies_bucket");
  });
});

describe("what is expected", () => {
  const build = (changes: object) => () =>
    new FederationMetrics(new TerraformStack(Testing.app(), "test"), "metrics", {
      ...project,
      expected,
      deployers,
      brokerService: "token-broker",
      ...changes,
    });

  it.each<[string, object]>([
    ["brokerService", { brokerService: 'x"} or vector(1)' }],
    ["projectNumber", { projectNumber: "example-dev" }],
    ["expected.account", { expected: [{ account: ".*", pools: [pool] }] }],
    ["expected.pools", { expected: [{ ...expected[0], pools: [".*"] }] }],
    ["expected.pools", { expected: [{ ...expected[0], pools: [`${pool}|x`] }] }],
    ["expected.pools", { expected: [{ ...expected[0], pools: [pool.replace("710000000001", "example-dev")] }] }],
    ["expected.pools", { expected: [{ ...expected[0], pools: [] }] }],
    ["expected", { expected: "nobody" }],
    ["deployers", { deployers: ["*"] }],
  ])("is refused with a wrong %s, which would silence an alert: %j", (property, changes) => {
    expect(build(changes)).toThrow(PropertyError);
    expect(build(changes)).toThrow(`test/metrics: ${property} is`);
  });
});

describe("the log of workforce sign-ins", () => {
  const example: WorkforceSignInsProps = {
    organizationId: "402918374650",
    projectId: "example-org",
    location: "eu",
    retentionDays: 400,
  };
  const declared = (changes: Partial<WorkforceSignInsProps> = {}) => {
    const stack = new TerraformStack(Testing.app(), "test");
    new WorkforceSignIns(stack, "sign-ins", { ...example, ...changes });
    return new Synthesized(Testing.synth(stack));
  };

  it("is filled by the organization, for no project has these entries (trap 40)", () => {
    const sink = declared().only("google_logging_organization_sink");
    expect(sink).toMatchObject({ org_id: "402918374650", include_children: false });
    expect(sink["destination"]).toMatch(/^logging\.googleapis\.com\/projects\/example-org\/locations\/eu\/buckets\//);
    expect(declared().only("google_project_iam_member")).toMatchObject({
      role: "roles/logging.bucketWriter",
      member: expect.stringContaining("writer_identity"),
    });
  });

  it.each<[string, Partial<WorkforceSignInsProps>]>([
    ["organizationId", { organizationId: "example" }],
    ["projectId", { projectId: "710000000001" }],
    ["location", { location: "eu/../us" }],
    ["retentionDays", { retentionDays: 0 }],
  ])("is refused with a wrong %s: %j", (property, changes) => {
    expect(() => declared(changes)).toThrow(`test/sign-ins: ${property} is`);
  });
});

describe("a filter", () => {
  it("keeps its shape and its value, whatever text it compares with", () => {
    const entry = { a: "x", b: "y" };
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (hostile) => {
        const stack = new TerraformStack(Testing.app(), "test");
        const filter = allOf(equals("a", "x"), equals("b", hostile));
        new LogMetric(stack, "metric", { projectId: "example-dev", name: "m", description: "Entries", filter });
        const written = new Synthesized(Testing.synth(stack)).only("google_logging_metric")["filter"];
        // What Terraform and CDKTF would take for an expression is escaped, and so is what would end the value.
        expect(String(written)).not.toMatch(/[$%#&]\{/);
        expect(matchesFilter(String(written), entry)).toBe(hostile.toLowerCase() === "y");
        expect(matchesFilter(String(written), { a: "x", b: hostile })).toBe(true);
      }),
      {
        numRuns: 60,
        examples: [
          ['" OR a="x'],
          ["$" + "{var.secret}"],
          ["%" + "{ if true }"],
          ["#" + "{1}"],
          ["1.5e300"],
          ["\\"],
          ['y") OR (a="x'],
        ],
      },
    );
  });

  it("names fields only", () => {
    for (const field of ["", "a b", 'a"', "a=b", "a..b", "1a"])
      expect(() => matches(field, "x")).toThrow("is no field");
  });
});
