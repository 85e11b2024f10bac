import { join } from "node:path";
import type { Json, JsonObject } from "../analysis";
import { loadEnvironments } from "../cli/environments";
import { synthesize } from "../cli/start/synthesize";
import { runStep } from "../cli/tour/step";
import { tourSteps } from "../cli/tour/steps";
import { withTourContext } from "../cli/tour/tour";
import { environmentNames } from "../environments/load";
import { loadOrganization, organizationStackName } from "../environments/load-organization";
import { people } from "../environments/people";
import { projectDirectory, type StackConfiguration, startTwin, type Twin } from "../twin";
import { applyTerraformJson } from "../twin/apply/apply-terraform-json";
import { ResourceStore, type StoredResource } from "../twin/store/resource-store";
import { describeWithTerraform, TerraformFolder, type TerraformResult } from "../twin/terraform/testing";

const environments = loadEnvironments();
const projects = [
  ...environmentNames.map((name) => ({ ...environments[name].project, stack: name })),
  { ...loadOrganization().project, stack: organizationStackName },
];

/** What a failing test shows: what Terraform said. */
const codeOrError = ({ code, output }: TerraformResult) => (code === 1 ? output : code);

/** All environments on one twin, deployed side by side by Terraform itself: its commands are the tests, in their order. */
describeWithTerraform("Terraform on the local twin", () => {
  let twin: Twin;
  let stacks: readonly StackConfiguration[];
  const folders = new Map<string, TerraformFolder>();
  let variables: Readonly<Record<string, string>> = {};

  beforeAll(async () => {
    const { dev } = environments;
    twin = await startTwin({
      projects,
      entraTenantId: dev.entra.tenantId,
      people,
      groupNames: {},
      brokerSecrets: { key: dev.broker.certificate.keySecret, certificate: dev.broker.certificate.certificateSecret },
      directory: join(projectDirectory(), `.keyless/twin-terraform-test-${process.pid}`),
    });
    stacks = await synthesize();
    for (const { stack, text } of stacks) {
      const { environment } = await twin.attachTerraform(stack);
      const folder = await TerraformFolder.create(stack, environment);
      await folder.write(JSON.parse(text));
      folders.set(stack, folder);
      variables = variablesOf(environment);
    }
  }, 60_000);

  afterAll(async () => {
    await Promise.all([...folders.values()].map((folder) => folder.remove()));
    await twin?.close();
  });

  const folderOf = (stack: string): TerraformFolder => {
    const folder = folders.get(stack);
    if (folder === undefined) throw new Error(`There is no stack ${stack}`);
    return folder;
  };

  const ofStack = (stack: string) => twin.store.all().filter((resource) => resource.stack === stack);

  it("validates, plans and applies every environment, and then finds nothing to do", async () => {
    await Promise.all(
      [...folders.values()].map(async (folder) => {
        await folder.init();
        expect(codeOrError(await folder.run("validate"))).toBe(0);
        expect(codeOrError(await folder.plan())).toBe(2);
        const { resource_changes } = await folder.shown();
        expect(resource_changes.length).toBeGreaterThan(30);
        expect(new Set(resource_changes.map(({ change }) => change.actions.join()))).toEqual(new Set(["create"]));
        expect(codeOrError(await folder.apply())).toBe(0);
        expect(codeOrError(await folder.plan())).toBe(0);
        // A deploy-time step has set the OAuth client's redirect URI since Terraform made it; the state learns of it here.
        expect(codeOrError(await folder.run("apply", "-refresh-only", "-auto-approve", "-input=false"))).toBe(0);
        // Not by its exit code, which is 2 also where Terraform only wrote the marks of sensitive values in another order.
        await folder.plan("-refresh-only");
        expect((await folder.shown()).resource_drift).toEqual([]);
      }),
    );
  }, 300_000);

  it("leaves in the store what loading the same JSON directly would", async () => {
    const direct = new ResourceStore();
    for (const resource of ofStack("google")) direct.put(resource);
    for (const configuration of stacks) {
      await applyTerraformJson(direct, configuration, { projects, variables, runDeployStep: async () => undefined });
    }
    const expected = comparable(direct.all());
    expect(expected.length).toBeGreaterThan(300);
    expect(comparable(twin.store.all())).toEqual(expected);
  }, 30_000);

  it("grants and refuses as the environment says", async () => {
    const context = { twin, environment: environments.dev, environments };
    await withTourContext(context, async (touring) => {
      for (const step of tourSteps) {
        const { id, outcome } = await runStep(step, touring);
        expect({ id, ...outcome }).toEqual({ id, ok: true, observation: expect.anything() });
      }
    });
  }, 60_000);

  it("shows what someone changed by hand, and repairs it", async () => {
    const dev = folderOf("dev");
    const [provider, other] = ofStack("dev").filter(
      ({ type }) => type === "google_iam_workload_identity_pool_provider",
    );
    const binding = ofStack("dev").find(({ type }) => type === "google_service_account_iam_member");
    if (provider === undefined || other === undefined || binding === undefined) throw new Error("dev is not deployed");
    twin.store.put({ ...provider, values: { ...provider.values, attribute_condition: "true" } });
    twin.store.put({ ...other, values: { ...other.values, disabled: true } });
    twin.store.remove("dev", binding.address);
    // A member that no stack declares: Terraform's resources know nothing of it.
    const member = "user:someone@example.com";
    const added = {
      ...binding,
      identity: `${binding.identity} ${member}`,
      address: "added",
      values: { ...binding.values, member },
    };
    twin.store.put(added);

    expect(codeOrError(await dev.plan("-refresh-only"))).toBe(2);
    expect((await dev.shown()).resource_drift.map(typeAndActions).sort()).toEqual([
      "google_iam_workload_identity_pool_provider: update",
      "google_iam_workload_identity_pool_provider: update",
      "google_service_account_iam_member: delete",
    ]);
    expect(await dev.plan()).toMatchObject({ code: 2, output: expect.stringContaining("~ attribute_condition") });
    expect((await dev.shown()).resource_changes.filter(isChange).map(typeAndActions).sort()).toEqual([
      "google_iam_workload_identity_pool_provider: update",
      "google_iam_workload_identity_pool_provider: update",
      "google_service_account_iam_member: create",
    ]);
    expect(codeOrError(await dev.apply())).toBe(0);
    expect(twin.store.get("dev", provider.type, provider.identity)?.values).toEqual(provider.values);
    expect(codeOrError(await dev.plan())).toBe(0);
    twin.store.remove("dev", added.address);
  }, 60_000);

  it("destroys an environment and nothing of the others", async () => {
    const others = comparable([...ofStack("staging"), ...ofStack("prod")]);
    expect(codeOrError(await folderOf("dev").run("destroy", "-auto-approve", "-input=false"))).toBe(0);
    expect(ofStack("dev")).toEqual([]);
    expect((await folderOf("dev").run("state", "list")).output).toBe("");
    expect(comparable([...ofStack("staging"), ...ofStack("prod")])).toEqual(others);
  }, 60_000);

  it("does not destroy prod before its protection is lifted", async () => {
    const prod = folderOf("prod");
    const before = ofStack("prod").length;
    expect(await prod.run("destroy", "-auto-approve", "-input=false")).toMatchObject({
      code: 1,
      output: expect.stringContaining("lifecycle.prevent_destroy"),
    });
    expect(ofStack("prod")).toHaveLength(before);
    const text = stacks.find(({ stack }) => stack === "prod")?.text ?? "";
    const unprotected = text.replaceAll(/"(prevent_destroy|deletion_protection(?:_enabled)?)": true/g, '"$1": false');
    await prod.write(JSON.parse(unprotected));
    expect(codeOrError(await prod.plan())).toBe(2);
    expect(codeOrError(await prod.apply())).toBe(0);
    expect(codeOrError(await prod.run("destroy", "-auto-approve", "-input=false"))).toBe(0);
    expect(ofStack("prod")).toEqual([]);
  }, 60_000);
});

const isChange = ({ change }: { readonly change: { readonly actions: readonly string[] } }) =>
  change.actions.join() !== "no-op";

function typeAndActions({
  address,
  change,
}: {
  readonly address: string;
  readonly change: { readonly actions: readonly string[] };
}) {
  return `${address.split(".")[0]}: ${change.actions.join(" then ")}`;
}

function variablesOf(environment: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      name.startsWith("TF_VAR_") ? [[name.slice("TF_VAR_".length), value]] : [],
    ),
  );
}

/** What only Terraform reads of a resource, and a provider never sees. */
const metaArguments = new Set(["depends_on", "lifecycle", "provider", "provisioner"]);
const secrets = new Set(["value", "client_secret", "plain_text"]);

/**
 * Types and values of resources in an order of their own. Ids and secrets that the cloud draws at random, and times, differ
 * from one deployment to the next.
 */
function comparable(resources: readonly StoredResource[]): readonly string[] {
  return resources
    .filter(({ type }) => type !== "terraform_data")
    .map(({ stack, type, values }) => maskRandom(JSON.stringify([stack, type, comparableValue(values)])))
    .sort();
}

function maskRandom(text: string): string {
  return (
    text
      .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "UUID")
      // What the redirect URI is until a deploy-time step sets it.
      .replaceAll("clientIds/placeholder:", "clientIds/UUID:")
      .replaceAll(/(appRoleAssignedTo|identifierUris)\/[^"]*/g, "$1/DIGEST")
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:]+Z/g, "TIME")
  );
}

function comparableValue(value: Json): Json {
  if (typeof value !== "object" || value === null) return value;
  if (isList(value)) {
    // Sets have no order.
    return value.map(comparableValue).sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
  }
  const entries = Object.entries(value).filter(([name]) => !metaArguments.has(name));
  return Object.fromEntries(
    entries
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, inner]): [string, Json] => [
        name,
        secrets.has(name) && typeof inner === "string" ? "SECRET" : comparableValue(inner),
      ]),
  ) satisfies JsonObject;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
