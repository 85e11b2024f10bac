import { createFrontClients, type FrontBroker, startFrontBroker } from "./testing/front-broker";

let broker: FrontBroker;
let admin: string;
let clients: Awaited<ReturnType<typeof createFrontClients>>;
beforeAll(async () => {
  clients = await createFrontClients();
});
beforeEach(async () => {
  broker = await startFrontBroker({ admin: { port: 0 } });
  admin = (await broker.admin?.listen({ port: 0, host: "127.0.0.1" })) ?? "none";
});
afterEach(() => broker.close());

const metrics = async () => (await fetch(`${admin}/metrics`)).text();

describe("the admin listener", () => {
  it("answers probes without a certificate", async () => {
    expect((await fetch(`${admin}/healthz`)).status).toBe(200);
    expect((await fetch(`${admin}/readyz`)).status).toBe(503);
    await broker.get("/get_wif_token", clients.batchJob);
    expect((await fetch(`${admin}/readyz`)).status).toBe(200);
  });

  it("gives no tokens", async () => {
    for (const path of ["/get_wif_token", "/oauth2/token", "/approvals"]) {
      expect((await fetch(`${admin}${path}`, { headers: clients.batchJob })).status).toBe(404);
    }
  });

  it("has the metrics, which clients do not see", async () => {
    expect((await broker.get("/metrics", clients.batchJob)).status).toBe(404);
    const response = await fetch(`${admin}/metrics`);
    expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await response.text()).toContain("process_cpu_seconds_total");
  });

  it("counts what happens, and knows age and life of each token", async () => {
    await broker.get("/get_wif_token", clients.batchJob);
    await broker.get("/get_wif_token", clients.batchJob);
    await broker.get("/get_wif_token", clients.stranger);
    await broker.get("/get_wif_token");
    const text = await metrics();
    const expected = [
      'keyless_broker_requests_total{endpoint="/get_wif_token",outcome="issued"} 2',
      'keyless_broker_requests_total{endpoint="/get_wif_token",outcome="client_not_listed"} 1',
      'keyless_broker_requests_total{endpoint="/get_wif_token",outcome="certificate_missing"} 1',
      'keyless_broker_upstream_request_seconds_count{upstream="entra",outcome="2xx"} 1',
      'keyless_broker_token_refreshes_total{account="batch-job-dev@ailab-data-dev.iam.gserviceaccount.com",kind="access_token"} 1',
      "keyless_broker_audit_sequence ",
      'keyless_broker_certificate_end_timestamp_seconds{certificate="entra"} ',
    ];
    for (const line of expected) expect(text).toContain(line);
    const life = /keyless_broker_token_remaining_seconds\{account="batch-job[^}]*\} ([\d.]+)/.exec(text)?.[1];
    expect(Number(life)).toBeGreaterThan(3_500);
    expect(Number(life)).toBeLessThanOrEqual(3_600);
  });

  it("counts failures by reason and by the upstream at fault", async () => {
    broker.upstreams.plan("securityTokenService", { status: 400, body: { error: "invalid_target" } });
    await broker.get("/get_wif_token", clients.batchJob);
    const text = await metrics();
    expect(text).toMatch(
      /keyless_broker_token_refresh_failures_total\{account="batch-job[^}]*reason="upstream_refused",upstream="security-token-service"\} 1/,
    );
    expect(text).toContain(
      'keyless_broker_upstream_request_seconds_count{upstream="security-token-service",outcome="4xx"} 1',
    );
  });

  it("keeps client's own words out of the labels", async () => {
    await broker.get("/get_wif_token?account=evil%22%7D", clients.batchJob);
    await broker.get("/evil", clients.batchJob);
    expect(await metrics()).not.toContain("evil");
  });
});
