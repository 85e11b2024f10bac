import type { TerraformStack } from "cdktf";
import { PropertyError } from "../federation/property-error";
import { hostileValues } from "../federation/testing/hostile-values";
import { ProductionApproval } from "./production-approval";
import { newStack, people, resourcesOf, workload } from "./testing/example-pools";

const approval = (stack: TerraformStack, change: object = {}) =>
  new ProductionApproval(stack, "approval", {
    organizationId: "402918374650",
    projectId: "example-prod",
    entitlementId: "prod-data",
    requesters: [people(stack)],
    approvers: ["group:approvers@ailab.com"],
    approverEmails: ["approvers@ailab.com"],
    roles: ["roles/bigquery.dataViewer"],
    longestSeconds: 3600,
    ...change,
  });

describe("an approval for production", () => {
  it("asks for another person's yes and for a reason on both sides, and gives the roles for a time", () => {
    const stack = newStack();
    approval(stack);
    expect(resourcesOf(stack, "google_privileged_access_manager_entitlement")).toEqual([
      expect.objectContaining({
        max_request_duration: "3600s",
        requester_justification_config: { unstructured: {} },
        eligible_users: [{ principals: [expect.stringMatching(/^principalSet:\/\/.*\/group\/administrators$/)] }],
        approval_workflow: {
          manual_approvals: {
            require_approver_justification: true,
            steps: [
              {
                approvals_needed: 1,
                approver_email_recipients: ["approvers@ailab.com"],
                approvers: { principals: ["group:approvers@ailab.com"] },
              },
            ],
          },
        },
      }),
    ]);
  });

  it("lets the organization's agent reach the project before the entitlement is made (trap 38)", () => {
    const stack = newStack();
    approval(stack);
    expect(resourcesOf(stack, "google_project_iam_member")).toEqual([
      expect.objectContaining({
        role: "roles/privilegedaccessmanager.serviceAgent",
        member: "serviceAccount:service-org-402918374650@gcp-sa-pam.iam.gserviceaccount.com",
      }),
    ]);
    const [entitlement] = resourcesOf(stack, "google_privileged_access_manager_entitlement");
    expect(entitlement?.["depends_on"]).toEqual([expect.stringMatching(/^google_project_iam_member\./)]);
  });

  it("says clearly that it needs an organization, and what to use without one (trap 38)", () => {
    const refused = () => approval(newStack(), { organizationId: undefined });
    expect(refused).toThrow(PropertyError);
    expect(refused).toThrow(/works only in an organization.*give the account a time window/);
  });

  it("refuses somebody who would approve themselves", () => {
    const stack = newStack();
    const only = workload(stack);
    expect(() => approval(stack, { requesters: [only], approvers: [only] })).toThrow(
      /nobody approves a request of their own/,
    );
  });

  it("takes a group on both sides: another member approves", () => {
    const stack = newStack();
    const group = people(stack, "only");
    expect(() => approval(stack, { requesters: [group], approvers: [group] })).not.toThrow();
  });

  it.each<[string, object]>([
    ["roles", { roles: ["roles/owner"] }],
    ["roles", { roles: ["roles/iam.serviceAccountTokenCreator"] }],
    ["roles", { roles: ["roles/iam.workloadIdentityUser"] }],
    ["roles", { roles: ["roles/privilegedaccessmanager.serviceAgent"] }],
    ["roles", { roles: [] }],
    ["longestSeconds", { longestSeconds: 1799 }],
    ["longestSeconds", { longestSeconds: 604_801 }],
    ["longestSeconds", { longestSeconds: 3600.5 }],
    ["approvers", { approvers: [] }],
    ["approvers", { approvers: Array.from({ length: 21 }, (_, index) => `user:a${index}@ailab.com`) }],
    ["requesters", { requesters: [] }],
    ["organizationId", { organizationId: "organizations/1" }],
    ...hostileValues.flatMap((value): [string, object][] => [
      ["entitlementId", { entitlementId: value }],
      ["approvers", { approvers: [`group:${value}@ailab.com`] }],
      ["approvers", { approvers: [value] }],
      ["approverEmails", { approverEmails: [`${value}@ailab.com`] }],
      ["roles", { roles: [`roles/${value}`] }],
    ]),
  ])("refuses a wrong %s: %j", (property, change) => {
    expect(() => approval(newStack(), change)).toThrow(PropertyError);
    expect(() => approval(newStack(), change)).toThrow(new RegExp(`^dev/approval: ${property} is`));
  });
});
