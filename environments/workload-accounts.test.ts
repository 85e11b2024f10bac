import { TerraformStack, Testing } from "cdktf";
import { z } from "zod";
import { declareApproval } from "./approvals";
import { dev } from "./dev";
import { EnvironmentStack } from "./environment-stack";
import { parseEnvironment } from "./load";
import { prod } from "./prod";
import type { EnvironmentInput } from "./schema";

const image = `europe-docker.pkg.dev/p/r/i@sha256:${"0".repeat(64)}`;
const resources = z.object({ resource: z.record(z.string(), z.record(z.string(), z.looseObject({}))) });

/** Resources of an environment's stack, by type and logical id; its images are not made for it. */
function resourcesOf(environment: EnvironmentInput) {
  const input = { ...environment, images: { tokenBroker: image, iapApp: image } };
  const stack = new EnvironmentStack(Testing.app(), parseEnvironment(input, "test"), "/state");
  return resources.parse(JSON.parse(Testing.synth(stack))).resource;
}
const named = (found: Record<string, Record<string, unknown>>, type: string, beginning: string) =>
  Object.entries(found[type] ?? {})
    .filter(([id]) => id.startsWith(beginning))
    .map(([, values]) => values);

const collector = prod.workloads["asset-collector"];
if (collector === undefined) throw new Error("prod has an asset collector");

describe("a workload of an environment", () => {
  it("has its window on the right to become it and on all its roles", () => {
    const found = resourcesOf(prod);
    const bindings = [
      "google_service_account_iam_member",
      "google_bigquery_dataset_iam_member",
      "google_project_iam_member",
    ].flatMap((type) => named(found, type, "asset-collector_"));
    expect(bindings).toHaveLength(4);
    for (const binding of bindings)
      expect(binding).toMatchObject({ condition: { description: "Open 20:00 to 7:00 (Europe/Amsterdam)" } });
  });

  it("is cut off by one word in the environment's file", () => {
    const found = resourcesOf({
      ...prod,
      workloads: { ...prod.workloads, "asset-collector": { ...collector, killSwitch: true } },
    });
    expect(named(found, "google_service_account", "asset-collector_")).toEqual([
      expect.objectContaining({ disabled: true }),
    ]);
    for (const type of Object.keys(found).filter((one) => one.endsWith("_iam_member")))
      expect(named(found, type, "asset-collector_")).toEqual([]);
  });

  it("may have access without an account", () => {
    const found = resourcesOf(dev);
    expect(named(found, "google_service_account", "report-builder")).toEqual([]);
    const [binding] = named(found, "google_bigquery_dataset_iam_member", "report-builder_");
    expect(binding).toMatchObject({
      member: expect.stringMatching(/^principal:\/\/.*system:serviceaccount:reports:report-builder$/),
    });
  });
});

describe("an approval of an environment", () => {
  const declared = (environment: EnvironmentInput) => {
    const stack = new TerraformStack(Testing.app(), "organization");
    declareApproval(stack, "402918374650", parseEnvironment(environment, "test"));
    return JSON.parse(Testing.synth(stack)).resource;
  };

  it("names the groups of the environment's people, in the organization's stack", () => {
    const [entitlement]: unknown[] = Object.values(declared(prod).google_privileged_access_manager_entitlement);
    expect(entitlement).toMatchObject({
      parent: "projects/ailab-data-prod",
      eligible_users: [
        {
          principals: [
            expect.stringMatching(/^principalSet:.*\/workforcePools\/ailab-people-prod-01\/group\/[0-9a-f-]{36}$/),
          ],
        },
      ],
    });
    expect(Object.keys(resourcesOf(prod))).not.toContain("google_privileged_access_manager_entitlement");
  });

  it("is none where the environment states none", () => {
    expect(declared(dev)).toBeUndefined();
  });
});
