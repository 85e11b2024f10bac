import { loadEnvironment } from "../environments/load";
import { iapAppConfigSchema } from "../handlers/iap-app/config";
import { migrationTaskSchema } from "../handlers/iap-app/migration-task/config";
import { tokenBrokerConfigSchema } from "../handlers/token-broker/config";
import { blockOf, handlerConfigOf, synthesizedEnvironments, textOf } from "./support/synthesized-environment";

/** What the cloud puts in place of a reference, by the attribute that it names. */
const computed: Readonly<Record<string, string>> = {
  client_id: "6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0aff",
  email: "batch-job@example.iam.gserviceaccount.com",
  generated_id: "1234567890123456789",
  private_ip_address: "10.8.0.3",
  name: "projects/710000000001/locations/global/workloadIdentityPools/entra-dev-01/providers/entra-dev-01",
};

const filledIn = (config: unknown): unknown =>
  JSON.parse(
    JSON.stringify(config).replace(/\$\{[^}]*\.(\w+)\}/g, (_, attribute: string) => computed[attribute] ?? ""),
  );

describe.each(synthesizedEnvironments())("the configuration that $name gives its handlers", ({ name, environment }) => {
  const input = loadEnvironment(name);
  const configs = new Map(
    environment
      .ofType("google_cloud_run_v2_service")
      .map((service): [string, unknown] => [textOf(service, "name"), filledIn(handlerConfigOf(service))]),
  );

  it("is one that the token broker accepts, with the policy of the environment", () => {
    const config = tokenBrokerConfigSchema.parse(configs.get("token-broker"));
    expect(config.listener.kind).toBe("front");
    expect(config.source).toMatchObject({ kind: "entra-client-assertion", tenantId: input.entra.tenantId });
    expect(config.policy.clients.map(({ name, match }) => ({ name, match }))).toEqual(
      input.broker.clients.map(({ name, match }) => ({ name, match })),
    );
    const lifetimes = config.policy.clients.flatMap(({ grants }) => grants.map((grant) => grant.lifetimeSeconds));
    expect(lifetimes).toEqual(
      input.broker.clients.flatMap((client) => client.workloads.map(() => client.lifetimeSeconds)),
    );
  });

  it("is one that every app accepts", () => {
    const apps = [...configs].filter(([service]) => service !== "token-broker");
    const parsed = apps.map(([, config]) => iapAppConfigSchema.parse(config));
    expect(parsed.map(({ app }) => app).sort()).toEqual(input.gateway.apps.map((app) => app.name).sort());
    for (const config of parsed) expect(config.audiences).toHaveLength(1);
  });

  it("is one that the migrating job accepts, with a database for each app that keeps rows, where there is one", () => {
    const tasks = environment
      .ofType("google_cloud_run_v2_job")
      .map((job) =>
        migrationTaskSchema.parse(
          filledIn(handlerConfigOf({ template: blockOf(blockOf(job, "template"), "template") })),
        ),
      );
    const withRows = input.gateway.apps.filter((app) => app.keepsRows).map((app) => app.name);
    const expected = input.gateway.database === undefined ? [] : [withRows];
    expect(tasks.map(({ databases }) => databases.map(({ app }) => app))).toEqual(expected);
  });
});
