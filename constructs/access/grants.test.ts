import type { TerraformStack } from "cdktf";
import fc from "fast-check";
import { PropertyError } from "../federation/property-error";
import { hostileValues } from "../federation/testing/hostile-values";
import { AdministratorAccess } from "./administrator-access";
import { grantCloudRunInvoke } from "./cloud-run-grant";
import { Datasets } from "./datasets";
import { DirectAccess } from "./direct-access";
import { PurposeServiceAccount } from "./purpose-service-account";
import { grantSecretRead } from "./secret-grant";
import { bindingsOf, newStack, people, resourcesOf, workload } from "./testing/example-pools";

const service = { projectId: "example-dev", region: "europe-west4", service: "reports" };
const secret = { projectId: "example-dev", secretId: "api-token" };
const accountIn = (stack: TerraformStack, more: object = {}) =>
  new PurposeServiceAccount(stack, "job", {
    accountId: "batch-job-dev",
    purpose: "Job",
    projectId: "example-dev",
    ...more,
  });
const datasetsIn = (stack: TerraformStack) =>
  new Datasets(stack, "data", { projectId: "example-dev", location: "EU", datasetIds: ["a"] });
const administrators = (stack: TerraformStack, change: object = {}) =>
  new AdministratorAccess(stack, "admins", {
    projectId: "example-dev",
    administrators: people(stack),
    roles: ["roles/logging.viewer"],
    ...change,
  });
const summary = (stack: TerraformStack) =>
  bindingsOf(stack).map(({ role, member }) => `${role} ${member.replace(/^.*\/(subject|group)/, "$1")}`);

describe("a service account", () => {
  it("reads here and writes there, and runs its queries by one binding a project", () => {
    const stack = newStack();
    const account = accountIn(stack);
    const here = datasetsIn(stack);
    here.grant(account, "viewer");
    here.grant(account, "editor");
    new Datasets(stack, "other", { projectId: "example-other", location: "EU", datasetIds: ["b"] }).grant(
      account,
      "viewer",
    );
    const runs = bindingsOf(stack).filter(({ role }) => role === "roles/bigquery.jobUser");
    expect(runs).toHaveLength(2);
    expect(() => Reflect.apply(here.grant, here, [account, "owner"])).toThrow(/rights is "owner"/);
  });

  it("is become by principals that a pool has made, each once", () => {
    const stack = newStack();
    const account = accountIn(stack);
    const principal = workload(stack);
    account.grantBecome(principal, "become");
    expect(() => account.grantBecome(principal, "again")).toThrow(/may become the account already/);
    for (const other of ["principal://iam.googleapis.com/x", { member: "allUsers" }, undefined])
      expect(() => Reflect.apply(account.grantBecome, account, [other, "other"])).toThrow(PropertyError);
  });

  it.each(["true", "false", 1, null])("has a kill switch that is on or off: %j is refused", (killSwitch) => {
    expect(() => accountIn(newStack(), { killSwitch })).toThrow(/killSwitch is .*expected true or false/);
  });

  it("gets datasets, secrets and Cloud Run services, each by a binding on that resource", () => {
    const stack = newStack();
    const account = accountIn(stack);
    datasetsIn(stack).grant(account, "viewer");
    grantSecretRead(account, "reads-token", secret);
    grantCloudRunInvoke(account, "calls-reports", service);
    expect(
      bindingsOf(stack)
        .map(({ role }) => role)
        .sort(),
    ).toEqual([
      "roles/bigquery.dataViewer",
      "roles/bigquery.jobUser",
      "roles/run.invoker",
      "roles/secretmanager.secretAccessor",
    ]);
  });

  it("is cut off by one property: disabled, and without any binding (trap 15)", () => {
    const stack = newStack();
    const account = accountIn(stack, { killSwitch: true });
    account.grantBecome(workload(stack), "become");
    datasetsIn(stack).grant(account, "editor");
    grantSecretRead(account, "reads-token", secret);
    grantCloudRunInvoke(account, "calls-reports", service);
    expect(bindingsOf(stack)).toEqual([]);
    expect(resourcesOf(stack, "google_service_account")).toEqual([expect.objectContaining({ disabled: true })]);
  });
});

describe("a federated identity without an account between", () => {
  it("gets datasets and secrets itself, and no account's rights", () => {
    const stack = newStack();
    const job = new DirectAccess(stack, "collector", { principal: workload(stack) });
    datasetsIn(stack).grant(job, "viewer");
    grantSecretRead(job, "reads-token", secret);
    expect(summary(stack).sort()).toEqual([
      "roles/bigquery.dataViewer subject/job",
      "roles/bigquery.jobUser subject/job",
      "roles/secretmanager.secretAccessor subject/job",
    ]);
    expect(resourcesOf(stack, "google_service_account")).toEqual([]);
  });

  it.each([
    ["a workload", workload],
    ["people", people],
  ])("may not call Cloud Run as %s, and is told what to do instead (trap 10)", (_, principal) => {
    const stack = newStack();
    const holder = new DirectAccess(stack, "caller", { principal: principal(stack) });
    const refused = () => grantCloudRunInvoke(holder, "calls", service);
    expect(refused).toThrow(PropertyError);
    expect(refused).toThrow(
      /^dev\/caller: principal is .* takes no federated identity directly; let it become a service account instead \(PurposeServiceAccount\.grantBecome\)/,
    );
  });

  it("carries its window on every binding, and loses all of them by one property", () => {
    const window = { until: "2026-12-31T00:00:00Z" };
    const open = newStack();
    datasetsIn(open).grant(new DirectAccess(open, "job", { principal: workload(open), window }), "viewer");
    expect(bindingsOf(open).map(({ condition }) => condition?.expression)).toEqual([
      "request.time < timestamp('2026-12-31T00:00:00Z')",
      "request.time < timestamp('2026-12-31T00:00:00Z')",
    ]);
    const cut = newStack();
    datasetsIn(cut).grant(
      new DirectAccess(cut, "job", { principal: workload(cut), window, killSwitch: true }),
      "viewer",
    );
    expect(bindingsOf(cut)).toEqual([]);
  });
});

describe("administrators", () => {
  it("see what they are given, and use the project's quota", () => {
    const stack = newStack();
    administrators(stack, { window: { until: "2026-12-31T00:00:00Z" } });
    expect(summary(stack)).toEqual([
      "roles/logging.viewer group/administrators",
      "roles/serviceusage.serviceUsageConsumer group/administrators",
    ]);
    expect(bindingsOf(stack).every(({ condition }) => condition !== undefined)).toBe(true);
  });

  it.each([
    "roles/owner",
    "roles/editor",
    "roles/viewer",
    "roles/iam.serviceAccountTokenCreator",
    "roles/iam.workloadIdentityUser",
    "roles/iam.serviceAccountUser",
    "roles/iam.securityAdmin",
    "roles/resourcemanager.projectIamAdmin",
    "organizations/1/roles/x",
  ])("are not given %s on the project (trap 8)", (role) => {
    expect(() => administrators(newStack(), { roles: [role] })).toThrow(/^dev\/admins: roles is/);
  });

  it("are people, never a workload", () => {
    const stack = newStack();
    expect(() => administrators(stack, { administrators: workload(stack) })).toThrow(/expected people/);
  });
});

describe("names of what is granted", () => {
  it("are the services' own, or are refused with the property's name (property)", () => {
    const hostile = fc.oneof(
      fc.constantFrom(...hostileValues),
      fc.string({ unit: "binary", minLength: 1, maxLength: 60 }),
    );
    const grants: ((stack: TerraformStack, value: string) => unknown)[] = [
      (stack, value) => grantSecretRead(accountIn(stack), "reads", { ...secret, secretId: value }),
      (stack, value) => grantCloudRunInvoke(accountIn(stack), "calls", { ...service, service: value }),
      (stack, value) => grantCloudRunInvoke(accountIn(stack), "calls", { ...service, region: value }),
      (stack, value) => accountIn(stack, { accountId: value }),
      (stack, value) => new Datasets(stack, "data", { projectId: "example-dev", location: value, datasetIds: ["a"] }),
      (stack, value) => new Datasets(stack, "data", { projectId: "example-dev", location: "EU", datasetIds: [value] }),
      (stack, value) => grantSecretRead(accountIn(stack), "reads", { ...secret, projectId: value }),
      (stack, value) => grantCloudRunInvoke(accountIn(stack), "calls", { ...service, projectId: value }),
      (stack, value) => accountIn(stack, { projectId: value }),
      (stack, value) => accountIn(stack, { purpose: value }),
      (stack, value) => new Datasets(stack, "data", { projectId: value, location: "EU", datasetIds: ["a"] }),
      (stack, value) => administrators(stack, { projectId: value }),
      (stack, value) => administrators(stack, { roles: [value] }),
      (stack, value) => workload(stack, value),
      (stack, value) => people(stack, value),
    ];
    fc.assert(
      fc.property(hostile, fc.constantFrom(...grants), (value, grant) => {
        const stack = newStack();
        try {
          grant(stack, value);
          for (const { member } of bindingsOf(stack)) expect(member).not.toMatch(/[*\s]|[%]\{/);
        } catch (error) {
          if (!(error instanceof PropertyError)) throw error;
          expect(error.constructPath).toMatch(/^dev/);
        }
      }),
      { numRuns: 250 },
    );
  });
});
