import { evaluateAccess } from "./access";
import { companyModel, companyResources, deployer, githubIdentity, githubPool } from "./fixture";
import { buildAccessModel } from "./model";

const dataset = { project: "ailab-dev", dataset_id: "sales" };
const who = { kind: "service-account", email: deployer } as const;
const key = "projects/ailab-dev/datasets/sales";
const member = `principalSet://iam.googleapis.com/${githubPool}/attribute.repository_id/712345678`;

describe("a dataset's own access list", () => {
  it("is read as blocks of the dataset, basic roles by their IAM names, and nobody in views and project roles", () => {
    const access = [
      { role: "WRITER", user_by_email: deployer },
      { role: "roles/bigquery.dataViewer", iam_member: member },
      { role: "READER", group_by_email: "desk@ailab.com" },
      { role: "OWNER", special_group: "projectOwners" },
      { role: "READER", special_group: "allAuthenticatedUsers" },
      { view: [{ project_id: "other", dataset_id: "d", table_id: "t" }] },
    ];
    const { bindings, unreadable } = companyModel({ "google_bigquery_dataset.sales": { ...dataset, access } });
    expect(unreadable).toEqual([]);
    expect(bindings.get(key)?.map(({ role, member: name }) => `${role} ${name}`)).toEqual([
      `roles/bigquery.dataEditor serviceAccount:${deployer}`,
      `roles/bigquery.dataViewer ${member}`,
      "roles/bigquery.dataViewer group:desk@ailab.com",
      "roles/bigquery.dataViewer allAuthenticatedUsers",
    ]);
  });

  it("grants what it says, as a resource of its own too", () => {
    const model = companyModel({
      "google_bigquery_dataset_access.deployer": { ...dataset, role: "READER", user_by_email: deployer },
      "google_bigquery_dataset_access.workflows": { ...dataset, role: "WRITER", iam_member: member },
    });
    const on = { kind: "dataset", project: "ailab-dev", datasetId: "sales" } as const;
    const now = new Date("2026-06-01T12:00:00Z");
    expect(evaluateAccess(model, who, "bigquery.tables.getData", on, now).allowed).toBe(true);
    expect(evaluateAccess(model, who, "bigquery.tables.updateData", on, now).allowed).toBe(false);
    expect(evaluateAccess(model, githubIdentity, "bigquery.tables.updateData", on, now).allowed).toBe(true);
  });

  it("with a condition grants nothing for certain, and without a role or a readable member is not read", () => {
    const conditional = companyModel({
      "google_bigquery_dataset_access.a": { ...dataset, role: "READER", user_by_email: deployer, condition: [{}] },
    });
    expect(conditional.bindings.get(key)).toMatchObject([{ condition: "unknown" }]);
    for (const broken of [{ user_by_email: deployer }, { role: "READER", iam_member: 7 }]) {
      const changed = { "google_bigquery_dataset_access.a": { ...dataset, ...broken } };
      expect(buildAccessModel(companyResources(changed)).unreadable).toHaveLength(1);
    }
  });
});
