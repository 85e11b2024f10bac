import fc from "fast-check";
import { resourceRules } from ".";
import { Cloud } from "./testing/rules-fixture";

const segment = fc.stringMatching(/^[a-z][a-z0-9-]{5,20}[a-z0-9]$/);

describe("an import id", () => {
  it.each([
    [
      "google_compute_region_network_endpoint_group",
      "europe-west4/app",
      "projects/example-dev/regions/europe-west4/networkEndpointGroups/app",
    ],
    [
      "google_cloud_run_v2_service",
      "example-prod/europe-west4/app",
      "projects/example-prod/locations/europe-west4/services/app",
    ],
    ["google_project_service", "710000000001/iam.googleapis.com", "example-dev/iam.googleapis.com"],
    ["google_bigquery_dataset", "analytics", "projects/example-dev/datasets/analytics"],
    [
      "google_network_security_server_tls_policy",
      "global/mtls",
      "projects/example-dev/locations/global/serverTlsPolicies/mtls",
    ],
    ["azuread_service_principal", "/servicePrincipals/x", "/servicePrincipals/x"],
  ])("of %s: %s", (type, id, identity) => {
    expect(resourceRules.get(type)?.importIdentity?.(id, new Cloud().context())).toBe(identity);
  });

  it("of a service account names its project twice, the same one", () => {
    const read = (id: string) =>
      resourceRules.get("google_service_account")?.importIdentity?.(id, new Cloud().context());
    const id = "projects/example-dev/serviceAccounts/runner@example-dev.iam.gserviceaccount.com";
    expect(read(id)).toBe(id);
    const mixed = id.replace("@example-dev", "@example-prod");
    expect(read(mixed)).toBe(mixed);
  });

  it("leads to what was made, by whatever name it was made", () => {
    fc.assert(
      fc.property(segment, segment, (pool, provider) => {
        fc.pre(!pool.startsWith("gcp-") && !provider.startsWith("gcp-"));
        const cloud = new Cloud();
        const poolType = "google_iam_workload_identity_pool";
        const { identity } = cloud.create(poolType, { workload_identity_pool_id: pool });
        const found = resourceRules.get(poolType)?.importIdentity?.(`example-dev/${pool}`, cloud.context()) ?? "";
        expect(cloud.store.get("dev", poolType, found)?.identity).toBe(identity);
      }),
    );
  });
});
