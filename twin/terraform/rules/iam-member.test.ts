import type { JsonObject } from "../../../analysis";
import { Cloud, dev, prod, rulesOf } from "./testing/rules-fixture";

const projectMember = "google_project_iam_member";
const accountMember = "google_service_account_iam_member";
const invoker = "google_cloud_run_v2_service_iam_member";
const agent = `service-${dev.number}@gcp-sa-iap.iam.gserviceaccount.com`;
const onProject = (values: JsonObject = {}) => ({
  project: dev.id,
  role: "roles/bigquery.jobUser",
  member: "user:a@example.com",
  ...values,
});
const condition = (expression: string) => ({ title: "t", expression });

describe("a member of a policy", () => {
  let cloud: Cloud;
  beforeEach(() => {
    cloud = new Cloud();
    cloud.create("google_service_account", { account_id: "runner" });
  });

  it("has the provider's id: resource, role, member and condition", () => {
    expect(
      cloud.create(projectMember, onProject({ project: dev.number, member: "user:Ann@Example.com" })).identity,
    ).toBe(`${dev.id}/roles/bigquery.jobUser/user:ann@example.com`);
    const conditional = cloud.create(
      projectMember,
      onProject({ condition: [{ ...condition("request.path == '/'"), description: "d" }] }),
    );
    expect(conditional.identity).toBe(`${dev.id}/roles/bigquery.jobUser/user:a@example.com/t/d/request.path == '/'`);
  });

  it("is imported by resource, role and member, with spaces between", () => {
    const { identity } = cloud.create(projectMember, onProject());
    expect(
      rulesOf(projectMember).importIdentity?.(`${dev.id} roles/bigquery.jobUser user:a@example.com`, cloud.context()),
    ).toBe(identity);
  });

  it.each([
    ["somebody", "IAM members must have one of the values outlined here"],
    ["deleted:serviceAccount:x@y?uid=1", "Terraform does not support IAM members for deleted principals"],
  ])("is refused as %s", (member, words) => {
    expect(cloud.words(projectMember, onProject({ member }))).toEqual([expect.stringContaining(words)]);
  });

  it.each([
    "allUsers",
    "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/attribute.a/b",
    `serviceAccount:runner@${dev.id}.iam.gserviceaccount.com`,
    `serviceAccount:service-${dev.number}@serverless-robot-prod.iam.gserviceaccount.com`,
    `serviceAccount:${dev.number}-compute@developer.gserviceaccount.com`,
  ])("is accepted as %s", (member) => {
    expect(cloud.words(projectMember, onProject({ member }))).toEqual([]);
  });

  it.each([
    `runner@${prod.id}.iam.gserviceaccount.com`,
    "service-999@serverless-robot-prod.iam.gserviceaccount.com",
    "999-compute@developer.gserviceaccount.com",
    agent,
  ])("is refused as the service account %s, which does not exist", (email) => {
    expect(cloud.refusals(projectMember, onProject({ member: `serviceAccount:${email}` }))).toEqual([
      {
        path: ["member"],
        summary: `Error applying IAM policy for project "${dev.id}": Error setting IAM policy for project "${dev.id}": googleapi: Error 400: Service account ${email} does not exist., badRequest`,
      },
    ]);
  });

  it("may be IAP's agent once it was asked for", () => {
    cloud.addIapAgent(dev);
    expect(cloud.words(projectMember, onProject({ member: `serviceAccount:${agent}` }))).toEqual([]);
  });

  it.each([
    ["assertion.sub == 'x'", 1, "assertion"],
    ["request.time < timestamp('2030-01-01T00:00:00Z') && attribute.x == 'y'", 53, "attribute"],
    ["google.subject == 'x'", 1, "google"],
    ["principal.subject == 'x'", 1, "principal"],
  ])("is refused with the condition %s", (expression, column, name) => {
    expect(cloud.words(projectMember, onProject({ condition: condition(expression) }))).toEqual([
      expect.stringMatching(
        new RegExp(
          `googleapi: Error 400: Condition expression compilation failed.*<input>:1:${column}: undeclared reference to '${name}'.*, badRequest$`,
        ),
      ),
    ]);
  });

  it.each([
    "request.time < timestamp('2030-01-01T00:00:00Z')",
    "resource.name.startsWith(\"assertion.x\") && request.path != r'attribute.y'",
    "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['roles/x'])",
    "['a'].exists(google, resource.name == google)",
    "destination.port in [22, 443]",
  ])("is accepted with the condition %s", (expression) => {
    expect(cloud.words(projectMember, onProject({ condition: condition(expression) }))).toEqual([]);
  });

  it("has no condition together with a basic role or with everyone", () => {
    const time = condition("request.path == '/'");
    expect(cloud.words(projectMember, onProject({ role: "roles/editor", condition: time }))[0]).toContain(
      "primitive roles",
    );
    expect(cloud.words(projectMember, onProject({ member: "allUsers", condition: time }))[0]).toContain(
      "public principals",
    );
    expect(cloud.words(projectMember, onProject({ role: "roles/editor" }))).toEqual([]);
  });

  it("is refused on what is not there, and accepted on what is", () => {
    const values = { role: "roles/iam.workloadIdentityUser", member: "user:a@example.com" };
    const account = `projects/${dev.id}/serviceAccounts/runner@${dev.id}.iam.gserviceaccount.com`;
    expect(cloud.words(accountMember, { ...values, service_account_id: account })).toEqual([]);
    expect(cloud.words(accountMember, { ...values, service_account_id: account.replace("runner", "other") })).toEqual([
      expect.stringMatching(/^Error retrieving IAM policy for service account '.*other@.*': googleapi: Error 404: /),
    ]);
    expect(cloud.words(invoker, { ...values, location: "europe-west4", name: "app" })[0]).toContain(
      "cloudrunv2 service",
    );
    expect(cloud.words(projectMember, onProject({ project: "nowhere" }))[0]).toContain(
      "Permission denied on resource project nowhere.",
    );
  });

  it.each([
    ["google_bigquery_dataset_iam_member", { dataset_id: "d" }, `Bigquery Dataset ${dev.id}/d`],
    [
      "google_secret_manager_secret_iam_member",
      { secret_id: "s" },
      `secretmanager secret "projects/${dev.id}/secrets/s"`,
    ],
    [
      "google_iap_web_backend_service_iam_member",
      { web_backend_service: "b" },
      `iap webbackendservice "projects/${dev.id}/iap_web/compute/services/b"`,
    ],
  ])("of %s is called by the provider's name for it", (type, values, name) => {
    expect(cloud.words(type, { ...values, role: "roles/viewer", member: "user:a@example.com" })[0]).toContain(
      `Error retrieving IAM policy for ${name}: googleapi: Error 404`,
    );
  });
});
