import type { JsonObject } from "../../../analysis";
import { Cloud, dev, prod } from "./testing/rules-fixture";

const type = "google_org_policy_policy";
const organization = "organizations/402918374650";
const policy = (constraint: string, rule: JsonObject, parent = organization, spec = "spec") => ({
  name: `${parent}/policies/${constraint}`,
  parent,
  [spec]: [{ rules: [rule] }],
});
const github = { issuer_uri: "https://token.actions.githubusercontent.com/" };
const provider = (values: JsonObject = {}) => ({
  workload_identity_pool_id: "github-dev-01",
  workload_identity_pool_provider_id: "github-dev-01",
  attribute_mapping: { "google.subject": "assertion.sub" },
  attribute_condition: "assertion.repository_id == '1'",
  oidc: github,
  ...values,
});

function cloudWith(...policies: readonly JsonObject[]): Cloud {
  const cloud = new Cloud();
  for (const one of policies) cloud.create(type, one);
  for (const stack of ["dev", "prod"])
    cloud.create("google_iam_workload_identity_pool", { workload_identity_pool_id: "github-dev-01" }, stack);
  return cloud;
}
const providerType = "google_iam_workload_identity_pool_provider";
const issuers = "iam.workloadIdentityPoolProviders";

describe("an organization policy", () => {
  it("takes flags as text: a boolean is refused before Google hears of it (trap 49)", () => {
    const words = new Cloud().words(type, policy("iam.disableServiceAccountKeyCreation", { enforce: "true" }));
    expect(words[0]).toContain('to be one of ["TRUE" "FALSE"], got true');
    expect(new Cloud().words(type, policy("iam.disableServiceAccountKeyCreation", { enforce: "TRUE" }))).toEqual([]);
  });

  it.each<[string, JsonObject]>([
    ["no demand", {}],
    ["two demands", { enforce: "TRUE", deny_all: "TRUE" }],
    ["no value", { values: [{ allowed_values: [] }] }],
  ])("is refused with %s in a rule", (_, rule) => {
    expect(new Cloud().words(type, policy(issuers, rule))).toHaveLength(1);
  });

  it("is refused with another parent than its name has, and for a constraint that is not there", () => {
    expect(
      new Cloud().words(type, { ...policy(issuers, { deny_all: "TRUE" }), parent: "organizations/1" }),
    ).toHaveLength(1);
    expect(new Cloud().words(type, policy("custom.absent", { enforce: "TRUE" }))[0]).toContain("was not found");
  });

  it("lets providers have the listed issuers only, whatever slash they end with", () => {
    const cloud = cloudWith(
      policy(issuers, { values: [{ allowed_values: ["https://token.actions.githubusercontent.com"] }] }),
    );
    expect(cloud.words(providerType, provider())).toEqual([]);
    const other = provider({
      oidc: { issuer_uri: "https://gitlab.com" },
      attribute_condition: "assertion.project_id == '1'",
    });
    expect(cloud.words(providerType, other)).toEqual([
      expect.stringContaining("constraints/iam.workloadIdentityPoolProviders violated"),
    ]);
  });

  it("that denies all issuers refuses the change of a provider that is there already (trap 42)", () => {
    const cloud = cloudWith();
    const made = cloud.create(providerType, provider());
    cloud.create(type, policy(issuers, { deny_all: "TRUE" }));
    expect(cloud.update(made, { display_name: "GitHub" })).toContain("violated");
  });

  it("lets providers have the listed AWS accounts only", () => {
    const accounts = "iam.workloadIdentityPoolAwsAccounts";
    const cloud = cloudWith(
      policy(issuers, { values: [{ allowed_values: ["https://sts.amazonaws.com"] }] }),
      policy(accounts, { values: [{ allowed_values: ["210987654321"] }] }),
    );
    const aws = (id: string) =>
      provider({ oidc: null, aws: { account_id: id }, attribute_condition: "assertion.account == '1'" });
    expect(cloud.words(providerType, aws("210987654321"))).toEqual([]);
    expect(cloud.words(providerType, aws("000000000000"))[0]).toContain(`constraints/${accounts} violated`);
  });

  it("refuses providers without a condition where the organization's own constraint is enforced (trap 3)", () => {
    const name = "custom.workloadProviderHasCondition";
    const cloud = new Cloud();
    cloud.create("google_org_policy_custom_constraint", {
      name,
      parent: organization,
      action_type: "DENY",
      method_types: ["CREATE", "UPDATE"],
      resource_types: ["iam.googleapis.com/WorkloadIdentityPoolProvider"],
      condition: 'resource.attributeCondition == ""',
    });
    cloud.create(type, policy(name, { enforce: "TRUE" }));
    cloud.create("google_iam_workload_identity_pool", { workload_identity_pool_id: "github-dev-01" });
    const open = provider({ attribute_condition: null, oidc: { issuer_uri: "https://idp.example.com" } });
    expect(cloud.words(providerType, open)[0]).toContain(`constraints/${name} violated`);
    expect(cloud.words(providerType, provider())).toEqual([]);
  });

  it("refuses public members, and services that are reached or called past the gateway", () => {
    const cloud = cloudWith(
      policy("iam.managed.allowedPolicyMembers", { enforce: "TRUE", parameters: "{}" }),
      policy("run.allowedIngress", { values: [{ allowed_values: ["is:internal-and-cloud-load-balancing"] }] }),
      policy("run.managed.requireInvokerIam", { enforce: "TRUE" }),
      policy("run.managed.requireInvokerIam", { enforce: "FALSE" }, `projects/${dev.number}`),
    );
    const service = (values: JsonObject) => ({
      name: "app",
      location: "europe-west4",
      template: { containers: [{ image: "i@sha256:0" }] },
      ...values,
    });
    const run = "google_cloud_run_v2_service";
    const behind = { ingress: "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER" };
    expect(cloud.words(run, service({}))[0]).toContain("constraints/run.allowedIngress violated");
    expect(cloud.words(run, service(behind))).toEqual([]);
    expect(cloud.words(run, service({ ...behind, invoker_iam_disabled: true }))).toEqual([]);
    expect(cloud.words(run, service({ ...behind, invoker_iam_disabled: true }), prod.stack)[0]).toContain(
      "constraints/run.managed.requireInvokerIam violated",
    );
    cloud.create(run, service(behind));
    const invoker = { location: "europe-west4", name: "app", role: "roles/run.invoker", member: "allUsers" };
    expect(cloud.words("google_cloud_run_v2_service_iam_member", invoker)[0]).toContain(
      "do not belong to a permitted customer",
    );
  });

  it("that only logs refuses nothing", () => {
    const cloud = cloudWith(policy(issuers, { deny_all: "TRUE" }, organization, "dry_run_spec"));
    expect(cloud.words(providerType, provider())).toEqual([]);
  });
});

describe("a service account key", () => {
  it("is never made: the constraint is on in every organization of the last years", () => {
    expect(new Cloud().words("google_service_account_key", { service_account_id: "a" })).toEqual([
      expect.stringContaining("Key creation is not allowed on this service account."),
    ]);
  });
});
