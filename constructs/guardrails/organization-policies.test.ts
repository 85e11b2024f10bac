import { PropertyError } from "../federation";
import { type Block, blockOf, blocksOf, synthesize } from "../gateway/synthesized";
import { OrganizationPolicies, type OrganizationPoliciesProps } from "./organization-policies";
import { OrganizationPolicy } from "./organization-policy";
import { ProviderConditionConstraint } from "./provider-condition-constraint";

const example: OrganizationPoliciesProps = {
  organizationId: "402918374650",
  allowedIssuers: ["https://token.actions.githubusercontent.com"],
};
const policies = (changes: Partial<OrganizationPoliciesProps> = {}) =>
  synthesize((stack) => {
    new OrganizationPolicies(stack, "policies", { ...example, ...changes });
  });
const ruleOf = (
  constraint: string,
  changes: Partial<OrganizationPoliciesProps> = {},
  parent = "organizations/402918374650",
): Block => {
  const policy = policies(changes).named("google_org_policy_policy", `${parent}/policies/${constraint}`);
  const spec = policy["spec"] === undefined ? "dry_run_spec" : "spec";
  const [rule = {}] = blocksOf(blockOf(policy, spec), "rules");
  return { spec, ...rule };
};

describe("the organization's policies", () => {
  it("turn key creation and upload off, in both constraints of each, with the flag as text (trap 49)", () => {
    for (const constraint of [
      "iam.disableServiceAccountKeyCreation",
      "iam.managed.disableServiceAccountKeyCreation",
      "iam.disableServiceAccountKeyUpload",
      "iam.managed.disableServiceAccountKeyUpload",
    ])
      expect(ruleOf(constraint)).toEqual({ spec: "spec", enforce: "TRUE" });
  });

  it("disable a key that turns up in public, and extend no lifetime (trap 16)", () => {
    expect(ruleOf("iam.serviceAccountKeyExposureResponse")["values"]).toEqual({ allowed_values: ["DISABLE_KEY"] });
    expect(ruleOf("iam.allowServiceAccountCredentialLifetimeExtension")).toEqual({ spec: "spec", deny_all: "TRUE" });
  });

  it("list every issuer, and never none: that would refuse the organization's own providers (trap 42)", () => {
    const listed = (changes: Partial<OrganizationPoliciesProps>) =>
      ruleOf("iam.workloadIdentityPoolProviders", changes)["values"];
    expect(listed({})).toEqual({ allowed_values: example.allowedIssuers });
    expect(listed({ allowedAwsAccounts: ["210987654321"], allowUploadedKeys: true })).toEqual({
      allowed_values: [...example.allowedIssuers, "https://sts.amazonaws.com", "KEY_UPLOAD"],
    });
    expect(() => policies({ allowedIssuers: [] })).toThrow("test/policies: allowedIssuers is");
  });

  it("allow the AWS accounts that are named, or none", () => {
    expect(ruleOf("iam.workloadIdentityPoolAwsAccounts")).toEqual({ spec: "spec", deny_all: "TRUE" });
    expect(ruleOf("iam.workloadIdentityPoolAwsAccounts", { allowedAwsAccounts: ["210987654321"] })["values"]).toEqual({
      allowed_values: ["210987654321"],
    });
  });

  it("admit members of the organization and the service agents that are named; the constraint without exceptions only logs", () => {
    const agent = "serviceAccount:service-710000000001@gcp-sa-iap.iam.gserviceaccount.com";
    const managed = ruleOf("iam.managed.allowedPolicyMembers", { allowedMembers: [agent] });
    expect(JSON.parse(String(managed["parameters"]))).toEqual({
      allowedPrincipalSets: ["//cloudresourcemanager.googleapis.com/organizations/402918374650"],
      allowedMemberSubjects: [agent],
    });
    expect(ruleOf("iam.allowedPolicyMemberDomains").spec).toBe("dry_run_spec");
    expect(ruleOf("iam.allowedPolicyMemberDomains", { enforceMemberDomains: true }).spec).toBe("spec");
  });

  it("let Cloud Run be reached through load balancers, by invokers, but in projects that are exempt", () => {
    expect(ruleOf("run.allowedIngress")["values"]).toEqual({
      allowed_values: ["is:internal-and-cloud-load-balancing"],
    });
    expect(ruleOf("run.managed.requireInvokerIam")).toMatchObject({ enforce: "TRUE" });
    const exempt = { projectsWithoutInvokers: ["710000000001"] };
    expect(ruleOf("run.managed.requireInvokerIam", exempt, "projects/710000000001")).toMatchObject({
      enforce: "FALSE",
    });
  });

  it.each<[string, Partial<OrganizationPoliciesProps>]>([
    ["organizationId", { organizationId: "organizations/1" }],
    ["allowedIssuers", { allowedIssuers: ["http://token.actions.githubusercontent.com"] }],
    ["allowedIssuers", { allowedIssuers: ["https://token.actions.githubusercontent.com/"] }],
    ["allowedIssuers", { allowedIssuers: ["https://$" + "{var.issuer}"] }],
    ["allowedAwsAccounts", { allowedAwsAccounts: ["1"] }],
    ["allowedCustomers", { allowedCustomers: ["ailab.com"] }],
    ["allowedMembers", { allowedMembers: ["allUsers"] }],
    ["allowedMembers", { allowedMembers: ["domain:ailab.com"] }],
    ["parent", { projectsWithoutInvokers: ["ailab-data-dev"] }],
  ])("refuse a wrong %s: %j", (property, changes) => {
    expect(() => policies(changes)).toThrow(PropertyError);
    expect(() => policies(changes)).toThrow(new RegExp(`: ${property} is`));
  });

  it("refuse a parent that is no number", () => {
    const under = (parent: string) => () =>
      synthesize((stack) => {
        new OrganizationPolicy(stack, "policy", { parent, constraint: "run.allowedIngress", rule: { kind: "none" } });
      });
    for (const parent of ["projects/ailab-data-dev", "organizations/1/2", "organization/402918374650", ""])
      expect(under(parent)).toThrow(PropertyError);
    expect(under("folders/402918374650")).not.toThrow();
  });

  it("forbid providers without a condition by a constraint of their own (trap 3)", () => {
    const synthesized = synthesize((stack) => {
      new ProviderConditionConstraint(stack, "condition", { organizationId: "402918374650" });
    });
    expect(synthesized.only("google_org_policy_custom_constraint")).toMatchObject({
      action_type: "DENY",
      method_types: ["CREATE", "UPDATE"],
      resource_types: ["iam.googleapis.com/WorkloadIdentityPoolProvider"],
      condition: expect.stringContaining('resource.attributeCondition == ""'),
    });
    expect(synthesized.only("google_org_policy_policy")["depends_on"]).toEqual([
      expect.stringContaining("google_org_policy_custom_constraint."),
    ]);
  });
});
