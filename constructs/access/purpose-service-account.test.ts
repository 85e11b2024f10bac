import { IamWorkloadIdentityPool } from "@cdktf/provider-google/lib/iam-workload-identity-pool";
import { TerraformStack, Testing } from "cdktf";
import { Principal } from "../federation/principal";
import { PropertyError } from "../federation/property-error";
import { Datasets } from "./datasets";
import { PurposeServiceAccount } from "./purpose-service-account";

const example = { accountId: "batch-job-dev", purpose: "Batch job", projectId: "example-dev" };
const newStack = () => new TerraformStack(Testing.app(), "dev");

describe("a service account of one purpose", () => {
  it.each([
    ["accountId", { accountId: "short" }],
    ["accountId", { accountId: "1batch-job" }],
    ["accountId", { accountId: "batch-job-" }],
    ["accountId", { accountId: "x".repeat(31) }],
    ["purpose", { purpose: "" }],
    ["purpose", { purpose: "x".repeat(101) }],
  ])("refuses a %s outside Google's limits: %j", (property, props) => {
    const refused = () => new PurposeServiceAccount(newStack(), "account", { ...example, ...props });
    expect(refused).toThrow(PropertyError);
    expect(refused).toThrow(new RegExp(`^dev/account: ${property} is`));
  });

  it("lets a principal become it by a binding on itself, without the right to sign", () => {
    const stack = newStack();
    const pool = new IamWorkloadIdentityPool(stack, "pool", { workloadIdentityPoolId: "example-dev-01" });
    const account = new PurposeServiceAccount(stack, "account", example);
    account.grantBecome(Principal.withSubject(pool, "one"), "become-by-one");
    const { resource } = JSON.parse(Testing.synth(stack));
    expect(resource.google_project_iam_member).toBeUndefined();
    expect(Object.values(resource.google_service_account_iam_member)).toEqual([
      expect.objectContaining({
        role: "roles/iam.workloadIdentityUser",
        service_account_id: `$\{google_service_account.${Object.keys(resource.google_service_account)[0]}.name}`,
        member: `principal://iam.googleapis.com/$\{google_iam_workload_identity_pool.pool.name}/subject/one`,
      }),
    ]);
  });
});

describe("datasets", () => {
  it.each([
    ["viewer", "roles/bigquery.dataViewer"],
    ["editor", "roles/bigquery.dataEditor"],
  ] as const)(
    "give a %s its role on each of them, and on the project only the right to run queries",
    (rights, role) => {
      const stack = newStack();
      const datasets = new Datasets(stack, "data", {
        projectId: "example-dev",
        location: "EU",
        datasetIds: ["a", "b"],
      });
      const account = new PurposeServiceAccount(stack, "account", example);
      datasets.grant(account, rights);
      const { resource } = JSON.parse(Testing.synth(stack));
      const onDatasets: { role: string; dataset_id: string }[] = Object.values(
        resource.google_bigquery_dataset_iam_member,
      );
      expect(onDatasets.map((each) => each.role)).toEqual([role, role]);
      expect(new Set(onDatasets.map((each) => each.dataset_id)).size).toBe(2);
      const onProject: { role: string }[] = Object.values(resource.google_project_iam_member);
      expect(onProject.map((each) => each.role)).toEqual(["roles/bigquery.jobUser"]);
    },
  );
});
