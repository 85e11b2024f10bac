import type { JsonObject } from "../../../analysis";
import { Cloud, dev } from "./testing/rules-fixture";

const networkId = `projects/${dev.id}/global/networks/apps`;
const instance = (address: JsonObject = {}, values: JsonObject = {}): JsonObject => ({
  name: "apps-01",
  region: "europe-west4",
  database_version: "POSTGRES_16",
  settings: [
    { tier: "db-f1-micro", ip_configuration: [{ ipv4_enabled: false, private_network: networkId, ...address }] },
  ],
  ...values,
});

function connected(): Cloud {
  const cloud = new Cloud();
  cloud.create("google_compute_network", { name: "apps", auto_create_subnetworks: false });
  const range = {
    name: "apps-services",
    purpose: "VPC_PEERING",
    address_type: "INTERNAL",
    prefix_length: 20,
    network: networkId,
  };
  cloud.create("google_compute_global_address", range);
  cloud.create("google_service_networking_connection", {
    network: networkId,
    service: "servicenetworking.googleapis.com",
    reserved_peering_ranges: ["apps-services"],
  });
  return cloud;
}

describe("a Cloud SQL instance", () => {
  it("has a private address and the authority of its certificate", () => {
    const { values } = connected().create("google_sql_database_instance", instance());
    expect(values).toMatchObject({
      private_ip_address: expect.stringMatching(/^10\./),
      public_ip_address: "",
      connection_name: `${dev.id}:europe-west4:apps-01`,
      server_ca_cert: [{ cert: expect.stringMatching(/^-----BEGIN CERTIFICATE-----/) }],
    });
  });

  it("gets no address of a network that managed services are not connected to", () => {
    const cloud = new Cloud();
    cloud.create("google_compute_network", { name: "apps", auto_create_subnetworks: false });
    expect(cloud.words("google_sql_database_instance", instance())[0]).toContain("NETWORK_NOT_PEERED");
    expect(new Cloud().words("google_sql_database_instance", instance())[0]).toContain("does not exist");
  });

  it("has some address", () => {
    const words = connected().words("google_sql_database_instance", instance({ private_network: null }));
    expect(words[0]).toContain("At least one of Public IP, Private IP or PSC connectivity must be enabled");
  });

  it("is protected from deletion by the provider, and by itself", () => {
    const cloud = connected();
    const kept = cloud.create("google_sql_database_instance", instance());
    expect(cloud.remove(kept)).toContain("deletion_protection is set to true");
    const settings = [{ tier: "db-f1-micro", deletion_protection_enabled: true }];
    const guarded = { ...kept, values: { ...kept.values, deletion_protection: false, settings } };
    expect(cloud.remove(guarded)).toContain("The instance is protected");
    expect(cloud.remove({ ...kept, values: { ...kept.values, deletion_protection: false } })).toBeUndefined();
  });

  it.each([[{ ssl_mode: "OFF" }], [{ server_ca_mode: "OWN" }]])("is refused with %j", (address) => {
    expect(connected().words("google_sql_database_instance", instance(address))[0]).toContain("to be one of");
  });
});

describe("databases and users", () => {
  const user = (values: JsonObject = {}) => ({
    instance: "apps-01",
    name: `app-desk@${dev.id}.iam`,
    type: "CLOUD_IAM_SERVICE_ACCOUNT",
    ...values,
  });

  it("belong to an instance that is there", () => {
    const cloud = connected();
    expect(cloud.words("google_sql_database", { instance: "apps-01", name: "desk" })[0]).toContain("does not exist");
    cloud.create("google_sql_database_instance", instance());
    expect(cloud.words("google_sql_database", { instance: "apps-01", name: "desk" })).toEqual([]);
    expect(cloud.words("google_sql_database", { instance: "apps-01", name: "desk" }, "prod")[0]).toContain(
      "does not exist",
    );
  });

  it("are service accounts that are there, by the short form of their names", () => {
    const cloud = connected();
    cloud.create("google_sql_database_instance", instance());
    expect(cloud.words("google_sql_user", user())[0]).toContain("does not exist");
    cloud.create("google_service_account", { account_id: "app-desk" });
    expect(cloud.words("google_sql_user", user())).toEqual([]);
    const long = user({ name: `app-desk@${dev.id}.iam.gserviceaccount.com` });
    expect(cloud.words("google_sql_user", long)[0]).toContain('without ".gserviceaccount.com"');
  });
});

describe("a private network", () => {
  it("stays while something is in it", () => {
    const cloud = connected();
    const network = cloud.store.ofType("google_compute_network")[0];
    expect(network && cloud.remove(network)).toContain("is already being used by");
  });

  it("has subnetworks only where it is there, and peers only ranges that were set aside in it", () => {
    const cloud = new Cloud();
    const subnetwork = { name: "apps", region: "europe-west4", network: networkId, ip_cidr_range: "10.8.0.0/24" };
    expect(cloud.words("google_compute_subnetwork", subnetwork)[0]).toContain("was not found");
    cloud.create("google_compute_network", { name: "apps", auto_create_subnetworks: false });
    expect(cloud.create("google_compute_subnetwork", subnetwork).values["gateway_address"]).toBe("10.8.0.1");
    const connection = {
      network: networkId,
      service: "servicenetworking.googleapis.com",
      reserved_peering_ranges: ["none"],
    };
    expect(cloud.words("google_service_networking_connection", connection)[0]).toContain("has not been allocated");
  });
});

describe("a Cloud Run job", () => {
  it("runs as an account that is there, and is deleted once its protection is off", () => {
    const cloud = new Cloud();
    const job = {
      name: "apps-migrations",
      location: "europe-west4",
      template: [
        {
          template: [{ service_account: `job-runner@${dev.id}.iam.gserviceaccount.com`, containers: [{ image: "i" }] }],
        },
      ],
    };
    expect(cloud.words("google_cloud_run_v2_job", job)[0]).toContain("iam.serviceaccounts.actAs");
    cloud.create("google_service_account", { account_id: "job-runner" });
    const made = cloud.create("google_cloud_run_v2_job", job);
    expect(cloud.remove(made)).toContain("cannot destroy job");
    expect(cloud.remove({ ...made, values: { ...made.values, deletion_protection: false } })).toBeUndefined();
  });
});
