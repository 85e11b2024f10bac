import { type GatewayFixture, startGateway } from "./testing/gateway-fixture";
import { appHost, change, resource } from "./testing/gateway-resources";

const policyId = "projects/example-dev/global/securityPolicies/people";
const range = (priority: number, action: string, ranges: readonly string[], more = {}) => ({
  priority,
  action,
  match: [{ versioned_expr: "SRC_IPS_V1", config: [{ src_ip_ranges: [...ranges] }] }],
  ...more,
});
const limited = (count: number, more = {}) => ({
  rate_limit_options: [{ rate_limit_threshold: [{ count, interval_sec: 60 }], exceed_action: "deny(429)", ...more }],
});
const everybody = range(2_147_483_647, "allow", ["*"]);

let fixture: GatewayFixture;
beforeEach(async () => {
  fixture = await startGateway();
});
afterEach(() => fixture.close());

/** Statuses of so many requests in turn, under a policy with these rules. */
async function statuses(rules: readonly object[], requests = 1): Promise<number[]> {
  const written = JSON.parse(JSON.stringify(rules));
  fixture.store.put(
    resource("google_compute_security_policy", "people", { id: policyId, name: "people", rule: written }),
  );
  change(fixture.store, "google_compute_backend_service.service-desk", { security_policy: policyId });
  const found: number[] = [];
  for (let index = 0; index < requests; index += 1)
    found.push((await fixture.browser().step(`https://${appHost}/service-desk`)).status);
  return found;
}

describe("Cloud Armor in front of a backend", () => {
  it("refuses a denied address before anybody is asked to sign in", async () => {
    expect(await statuses([range(1000, "deny(403)", ["127.0.0.0/8", "::1/128"]), everybody])).toEqual([403]);
    expect(fixture.runner.calls).toEqual([]);
  });

  it("goes by the first rule that matches, whatever the order in which they were written", async () => {
    const denied = range(2000, "deny(403)", ["*"]);
    expect(await statuses([everybody, denied, range(1000, "allow", ["127.0.0.0/8", "::1/128"])])).toEqual([302]);
  });

  it("lets addresses through that no rule but the last is about, and rules that are in preview decide nothing", async () => {
    const rules = [
      range(1000, "deny(403)", ["192.0.2.0/24"]),
      range(1001, "deny(403)", ["*"], { preview: true }),
      everybody,
    ];
    expect(await statuses(rules)).toEqual([302]);
  });

  it("takes no rule by expression for one that matches: it knows no regions and no signatures", async () => {
    const byRegion = {
      priority: 1,
      action: "deny(403)",
      match: [{ expr: [{ expression: "origin.region_code == 'XX'" }] }],
    };
    expect(await statuses([byRegion, everybody])).toEqual([302]);
  });

  it("counts the requests of an address, and refuses what is over the limit with 429", async () => {
    expect(await statuses([range(10_000, "throttle", ["*"], limited(2)), everybody], 4)).toEqual([302, 302, 429, 429]);
  });

  it("lets nobody through a backend whose policy is not there", async () => {
    change(fixture.store, "google_compute_backend_service.service-desk", { security_policy: `${policyId}-gone` });
    expect((await fixture.browser().step(`https://${appHost}/service-desk`)).status).toBe(503);
  });
});
