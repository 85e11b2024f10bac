import { PropertyError } from "../../federation/property-error";
import { exampleGateway } from "../example-props";
import { PeopleGateway, type PeopleGatewayProps } from "../people-gateway";
import { blockOf, blocksOf, type Synthesized, synthesize } from "../synthesized";

const apps = exampleGateway.apps.map((app) => ({ ...app, keepsRows: app.name === "service-desk" }));
const database = { tier: "db-f1-micro", highAvailability: false };
const gateway = (changes: Partial<PeopleGatewayProps> = {}): Synthesized =>
  synthesize((stack) => {
    new PeopleGateway(stack, "people-gateway", { ...exampleGateway, apps, database, ...changes });
  });

const synthesized = gateway();
const instance = synthesized.only("google_sql_database_instance");
const settings = blockOf(instance, "settings");
const desk = synthesized.named("google_cloud_run_v2_service", "app-service-desk");
const job = blockOf(blockOf(synthesized.only("google_cloud_run_v2_job"), "template"), "template");

/** The JSON of KEYLESS_CONFIG with something in place of each reference. */
const configOf = (template: typeof job): unknown => {
  const [variable] = blocksOf(blocksOf(template, "containers")[0] ?? {}, "env");
  return JSON.parse(String(variable?.["value"]).replace(/\$\{[^}]*\}/g, "7"));
};
const variablesOf = (template: typeof job) =>
  blocksOf(blocksOf(template, "containers")[0] ?? {}, "env").map(({ name }) => name);

describe("the apps' database", () => {
  it("has a private address only, and takes nothing without TLS", () => {
    expect(blockOf(settings, "ip_configuration")).toMatchObject({
      ipv4_enabled: false,
      private_network: expect.stringMatching(/^\$\{google_compute_network\.[\w-]+\.id\}$/),
      ssl_mode: "ENCRYPTED_ONLY",
    });
  });

  it("takes Google's access tokens for passwords, and nothing in the stack is one", () => {
    expect(settings["database_flags"]).toContainEqual({ name: "cloudsql.iam_authentication", value: "on" });
    const users = synthesized.ofType("google_sql_user");
    expect(users.map(({ name, type }) => [name, type])).toEqual([
      ["app-service-desk@example-dev.iam", "CLOUD_IAM_SERVICE_ACCOUNT"],
      ["apps-migrations@example-dev.iam", "CLOUD_IAM_SERVICE_ACCOUNT"],
    ]);
    expect(JSON.stringify(synthesized.all())).not.toMatch(/"(root_)?password/);
  });

  it("waits for the network's connection, without which it has no address to take", () => {
    expect(String(instance["depends_on"])).toContain("google_service_networking_connection.");
  });

  it("lets each account log in to this instance and no other of the project", () => {
    const rights = synthesized
      .ofType("google_project_iam_member")
      .filter(({ role }) => role === "roles/cloudsql.instanceUser");
    expect(rights).toHaveLength(2);
    for (const right of rights)
      expect(blockOf(right, "condition")["expression"]).toContain("'projects/example-dev/instances/apps-01'");
  });

  it("is backed up, and is protected by Terraform and by Cloud SQL unless told otherwise", () => {
    expect(blockOf(settings, "backup_configuration")).toMatchObject({
      enabled: true,
      point_in_time_recovery_enabled: true,
    });
    expect([instance["deletion_protection"], settings["deletion_protection_enabled"]]).toEqual([true, true]);
    const other = gateway({ deletionProtection: false }).only("google_sql_database_instance");
    expect([other["deletion_protection"], blockOf(other, "settings")["deletion_protection_enabled"]]).toEqual([
      false,
      false,
    ]);
  });

  it("stands by in a second zone where that was paid for", () => {
    const available = gateway({ database: { ...database, highAvailability: true } }).only(
      "google_sql_database_instance",
    );
    expect(blockOf(available, "settings")["availability_type"]).toBe("REGIONAL");
    expect(settings["availability_type"]).toBe("ZONAL");
  });
});

describe("a service whose app keeps rows", () => {
  const template = blockOf(desk, "template");

  it("reaches private addresses through the network, and the internet past it", () => {
    expect(blockOf(template, "vpc_access")).toMatchObject({
      egress: "PRIVATE_RANGES_ONLY",
      network_interfaces: [{ network: expect.stringContaining("google_compute_network.") }],
    });
    expect(blockOf(synthesized.named("google_cloud_run_v2_service", "app-landing"), "template")).not.toHaveProperty(
      "vpc_access",
    );
  });

  it("is told of its own database as its own log-in, and of the authority beside it", () => {
    expect(configOf(template)).toMatchObject({
      database: {
        kind: "postgresql",
        server: { commonName: "example-dev:apps-01" },
        database: "service-desk",
        user: "app-service-desk@example-dev.iam",
      },
    });
    expect(variablesOf(template)).toEqual(["KEYLESS_CONFIG", "KEYLESS_DATABASE_AUTHORITY"]);
  });

  it("starts after the job has laid its schema", () => {
    expect(String(desk["depends_on"])).toMatch(/terraform_data\.[\w-]*migrations/);
  });
});

describe("the migrating job", () => {
  it("runs as an account of its own, which no service has", () => {
    const accounts = synthesized
      .ofType("google_cloud_run_v2_service")
      .map((service) => blockOf(service, "template")["service_account"]);
    expect(accounts).not.toContain(job["service_account"]);
  });

  it("is the apps' image with an argument, and knows every log-in", () => {
    expect(blocksOf(job, "containers")[0]?.["args"]).toEqual(["migrate"]);
    expect(configOf(job)).toMatchObject({
      user: "7",
      role: "cloudsqlsuperuser",
      databases: [{ app: "service-desk", login: "app-service-desk@example-dev.iam" }],
    });
  });

  it("waits for every user that it gives a role", () => {
    const users = String(synthesized.only("google_cloud_run_v2_job")["depends_on"]).match(/google_sql_user\./g);
    expect(users).toHaveLength(2);
  });
});

describe("an environment", () => {
  it.each<[string, Partial<PeopleGatewayProps>]>([["no app that keeps rows", { apps: exampleGateway.apps }]])(
    "pays for no database with %s",
    (_what, changes) => {
      const without = gateway(changes);
      expect(without.ofType("google_sql_database_instance")).toEqual([]);
      expect(without.ofType("google_compute_network")).toEqual([]);
    },
  );

  it("without a database keeps rows in the services' memory", () => {
    const without = synthesize((stack) => {
      new PeopleGateway(stack, "people-gateway", { ...exampleGateway, apps });
    });
    expect(without.ofType("google_sql_database_instance")).toEqual([]);
    const template = blockOf(without.named("google_cloud_run_v2_service", "app-service-desk"), "template");
    expect(variablesOf(template)).toEqual(["KEYLESS_CONFIG"]);
  });

  it.each([["db-n1-standard-1"], ["micro"], [""]])("is refused the tier %j", (tier) => {
    expect(() => gateway({ database: { ...database, tier } })).toThrow(PropertyError);
  });
});
