import type { JsonObject } from "../../../analysis";
import { Cloud, dev } from "./testing/rules-fixture";

const serviceType = "google_cloud_run_v2_service";
const account = `app-runner@${dev.id}.iam.gserviceaccount.com`;
const service = (values: JsonObject = {}, template: JsonObject = {}) => ({
  name: "app",
  location: "europe-west4",
  template: { containers: [{ image: "i@sha256:0" }], ...template },
  ...values,
});

describe("a Cloud Run service", () => {
  it("has an address with the project's number", () => {
    expect(new Cloud().create(serviceType, service()).values).toMatchObject({
      id: `projects/${dev.id}/locations/europe-west4/services/app`,
      uri: `https://app-${dev.number}.europe-west4.run.app`,
      ingress: "INGRESS_TRAFFIC_ALL",
    });
  });

  it("is protected from deletion unless its declaration says otherwise", () => {
    const cloud = new Cloud();
    const words = "cannot destroy service without setting deletion_protection=false and running `terraform apply`";
    const kept = cloud.create(serviceType, service());
    expect(kept.values["deletion_protection"]).toBe(true);
    expect(cloud.remove(kept)).toBe(words);
    expect(cloud.remove({ ...kept, values: { ...kept.values, deletion_protection: null } })).toBe(words);
    expect(
      cloud.remove(cloud.create(serviceType, service({ name: "other", deletion_protection: false }))),
    ).toBeUndefined();
  });

  it.each([
    [{ ingress: "INTERNAL" }, {}],
    [{ launch_stage: "EARLY" }, {}],
    [{}, { execution_environment: "GEN2" }],
    [{}, { vpc_access: { egress: "NONE" } }],
  ])("is refused with %j %j", (values, template) => {
    expect(new Cloud().words(serviceType, service(values, template))).toEqual([
      expect.stringContaining("to be one of"),
    ]);
  });

  it("mounts exactly one thing in a volume", () => {
    const words = new Cloud().words(serviceType, service({}, { volumes: [{ name: "v" }] }));
    expect(words).toEqual([expect.stringContaining("must be specified")]);
    expect(
      new Cloud().words(serviceType, service({}, { volumes: [{ name: "v", empty_dir: [{ medium: "MEMORY" }] }] })),
    ).toEqual([]);
  });

  it("runs as an account that is there", () => {
    const cloud = new Cloud();
    expect(cloud.words(serviceType, service({}, { service_account: account }))[0]).toContain(
      `Error 403: Permission 'iam.serviceaccounts.actAs' denied on service account ${account} (or it may not exist).`,
    );
    cloud.create("google_service_account", { account_id: "app-runner" });
    expect(cloud.words(serviceType, service({}, { service_account: account }))).toEqual([]);
  });

  it.each([
    ["a volume", { volumes: [{ name: "v", secret: [{ secret: "key" }] }] }],
    [
      "a variable",
      {
        containers: [
          {
            image: "i",
            env: [
              {
                name: "K",
                value_source: [{ secret_key_ref: { secret: `projects/${dev.id}/secrets/key`, version: "3" } }],
              },
            ],
          },
        ],
      },
    ],
  ])("reads a secret in %s only if its account was given it", (_name, template) => {
    const cloud = new Cloud();
    cloud.create("google_service_account", { account_id: "app-runner" });
    const declared = service({}, { service_account: account, ...template });
    const refused = "Permission denied on secret:";
    expect(cloud.words(serviceType, declared)[0]).toContain(refused);
    cloud.create("google_secret_manager_secret", { secret_id: "key", replication: { auto: {} } });
    expect(cloud.words(serviceType, declared)[0]).toContain(refused);
    const binding = { role: "roles/secretmanager.secretAccessor", member: `serviceAccount:${account}` };
    cloud.create("google_secret_manager_secret_iam_member", { secret_id: "key", ...binding });
    expect(cloud.words(serviceType, declared)).toEqual([]);
    expect(cloud.words(serviceType, service({}, template))[0]).toContain(refused);
  });

  it("cannot be made twice", () => {
    const cloud = new Cloud();
    cloud.create(serviceType, service());
    expect(cloud.words(serviceType, service())).toEqual([
      "Error creating Service: googleapi: Error 409: Resource 'app' already exists.",
    ]);
  });
});

describe("a service account", () => {
  it("has an e-mail, a member form and a numeric id", () => {
    expect(new Cloud().create("google_service_account", { account_id: "runner" }).values).toMatchObject({
      email: `runner@${dev.id}.iam.gserviceaccount.com`,
      member: `serviceAccount:runner@${dev.id}.iam.gserviceaccount.com`,
      name: `projects/${dev.id}/serviceAccounts/runner@${dev.id}.iam.gserviceaccount.com`,
      unique_id: expect.stringMatching(/^\d{21}$/),
    });
  });

  it.each(["short", "1runner", "runner-", "Runner", "a".repeat(31)])("is refused with the id %s", (account_id) => {
    expect(new Cloud().words("google_service_account", { account_id })).toEqual([
      `"account_id" ("${account_id}") doesn't match regexp "^[a-z](?:[-a-z0-9]{4,28}[a-z0-9])$"`,
    ]);
  });

  it("cannot be made twice", () => {
    const cloud = new Cloud();
    cloud.create("google_service_account", { account_id: "runner" });
    expect(cloud.words("google_service_account", { account_id: "runner" })).toEqual([
      `Error creating service account: googleapi: Error 409: Service account runner already exists within project projects/${dev.id}., alreadyExists`,
    ]);
  });
});

describe("a dataset, a secret, an API and IAP's settings", () => {
  it.each([
    ["google_bigquery_dataset", { dataset_id: "a-b" }, { dataset_id: "a_b" }, "must contain only letters"],
    [
      "google_secret_manager_secret",
      { secret_id: "a b", replication: { auto: {} } },
      { secret_id: "a-b", replication: { auto: {} } },
      "does not match the expected format",
    ],
    [
      "google_secret_manager_secret",
      { secret_id: "a", replication: [{}] },
      { secret_id: "a", replication: [{ auto: [{}] }] },
      "one of `auto,user_managed` must be specified",
    ],
    ["google_project_service", { service: "iam" }, { service: "iam.googleapis.com" }, "name of a Google API"],
    [
      "google_iap_settings",
      { name: "projects/p/iap_web", access_settings: { identity_sources: ["GOOGLE"] } },
      { name: "projects/p/iap_web", access_settings: { identity_sources: ["WORKFORCE_IDENTITY_FEDERATION"] } },
      "expected access_settings.0.identity_sources.0 to be one of",
    ],
    [
      "google_iap_settings",
      { name: `projects/${dev.number}/iap_web/compute/services/none` },
      { name: "projects/p/iap_web" },
      "Error 404",
    ],
  ])("%s: %j is refused, %j accepted", (type, wrong, right, words) => {
    expect(new Cloud().words(type, wrong)).toEqual([expect.stringContaining(words)]);
    expect(new Cloud().words(type, right)).toEqual([]);
  });

  it("IAP's settings name a backend service by name or number", () => {
    const cloud = new Cloud();
    const { values } = cloud.create("google_compute_backend_service", { name: "app" });
    for (const name of ["app", String(values["generated_id"])])
      expect(
        cloud.words("google_iap_settings", { name: `projects/${dev.number}/iap_web/compute/services/${name}` }),
      ).toEqual([]);
  });

  it("say that they exist", () => {
    const cloud = new Cloud();
    cloud.create("google_bigquery_dataset", { dataset_id: "d" });
    cloud.create("google_secret_manager_secret", { secret_id: "s", replication: { auto: {} } });
    expect(cloud.words("google_bigquery_dataset", { dataset_id: "d" })[0]).toContain(
      `Error 409: Already Exists: Dataset ${dev.id}:d, duplicate`,
    );
    expect(cloud.words("google_secret_manager_secret", { secret_id: "s", replication: { auto: {} } })[0]).toContain(
      `Error 409: Secret [projects/${dev.number}/secrets/s] already exists.`,
    );
  });

  it("a secret may be protected from deletion", () => {
    const cloud = new Cloud();
    const secret = (secret_id: string, deletion_protection: boolean) =>
      cloud.create("google_secret_manager_secret", { secret_id, deletion_protection, replication: { auto: {} } });
    expect(cloud.remove(secret("kept", true))).toContain("deletion_protection=false");
    expect(cloud.remove(secret("other", false))).toBeUndefined();
  });
});
