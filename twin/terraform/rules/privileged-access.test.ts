import type { JsonObject } from "../../../analysis";
import { Cloud, dev, rulesOf } from "./testing/rules-fixture";

const type = "google_privileged_access_manager_entitlement";
const agent = "serviceAccount:service-org-402918374650@gcp-sa-pam.iam.gserviceaccount.com";
const asker = "principalSet://iam.googleapis.com/locations/global/workforcePools/people/group/administrators";
const approver = "group:approvers@ailab.com";

const entitlement = (change: JsonObject = {}): JsonObject => ({
  parent: `projects/${dev.id}`,
  location: "global",
  entitlement_id: "prod-data",
  max_request_duration: "3600s",
  eligible_users: [{ principals: [asker] }],
  privileged_access: {
    gcp_iam_access: {
      resource: `//cloudresourcemanager.googleapis.com/projects/${dev.id}`,
      resource_type: "cloudresourcemanager.googleapis.com/Project",
      role_bindings: [{ role: "roles/bigquery.dataViewer" }],
    },
  },
  requester_justification_config: { unstructured: {} },
  ...change,
});
const approvedBy = (...steps: JsonObject[]): JsonObject => ({ approval_workflow: { manual_approvals: { steps } } });

describe("an entitlement of Privileged Access Manager", () => {
  let cloud: Cloud;
  beforeEach(() => {
    cloud = new Cloud();
    cloud.create("google_project_iam_member", {
      project: dev.id,
      role: "roles/privilegedaccessmanager.serviceAgent",
      member: agent,
    });
  });

  it("is named below its parent", () => {
    const { identity, values } = cloud.create(type, entitlement());
    expect(identity).toBe(`projects/${dev.id}/locations/global/entitlements/prod-data`);
    expect(values).toMatchObject({ name: identity, state: "AVAILABLE" });
    expect(cloud.words(type, entitlement())).toEqual([expect.stringContaining("409")]);
    expect(rulesOf(type).importIdentity?.(identity, cloud.context())).toBe(identity);
  });

  it("is refused as long as the organization's agent may not change the project's policy (trap 38)", () => {
    expect(new Cloud().words(type, entitlement())).toEqual([expect.stringContaining("Complete the PAM setup process")]);
  });

  it.each<[string, JsonObject, RegExp]>([
    ["an id of three characters", { entitlement_id: "abc" }, /between 4 and 63/],
    ["an id with capitals", { entitlement_id: "Prod" }, /must begin with/],
    ["no form of justification", { requester_justification_config: {} }, /one of `not_mandatory,unstructured`/],
    ["less than half an hour", { max_request_duration: "1799s" }, /30 minutes/],
    ["more than a week", { max_request_duration: "604801s" }, /7 days/],
    ["a duration in hours", { max_request_duration: "1h" }, /30 minutes/],
    [
      "two approvals (trap 38)",
      approvedBy({ approvals_needed: 2, approvers: [{ principals: [approver] }] }),
      /only supported value/,
    ],
    [
      "two steps",
      approvedBy({ approvers: [{ principals: [approver] }] }, { approvers: [{ principals: [asker] }] }),
      /one step/,
    ],
    [
      "21 people",
      { eligible_users: [{ principals: Array.from({ length: 21 }, (_, i) => `user:${i}@a.com`) }] },
      /At most 20/,
    ],
    ["a deleted principal", { eligible_users: [{ principals: ["deleted:user:a@b.c?uid=1"] }] }, /deleted principals/],
    [
      "a dataset (trap 38)",
      {
        privileged_access: {
          gcp_iam_access: {
            resource: "//bigquery",
            resource_type: "bigquery.googleapis.com/Dataset",
            role_bindings: [{ role: "roles/x" }],
          },
        },
      },
      /resource_type to be one of/,
    ],
    [
      "a basic role",
      {
        privileged_access: {
          gcp_iam_access: {
            resource: "//x",
            resource_type: "cloudresourcemanager.googleapis.com/Project",
            role_bindings: [{ role: "roles/owner" }],
          },
        },
      },
      /not supported/,
    ],
  ])("is refused with %s", (_, change, words) => {
    expect(cloud.words(type, entitlement(change)).join("\n")).toMatch(words);
  });
});
