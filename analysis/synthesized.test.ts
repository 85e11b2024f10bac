import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type AccessModel,
  buildAccessModel,
  evaluateAccess,
  evaluateExchange,
  evaluateImpersonation,
  type FederatedIdentity,
  type JsonObject,
  type Resource,
  readTerraformJson,
  resolveConfiguration,
} from ".";

const environments = ["dev", "staging", "prod"] as const;
type Environment = (typeof environments)[number];
const now = new Date("2026-06-01T12:00:00Z");
const number = (stack: string): string => `71000000000${environments.map(String).indexOf(stack) + 1}`;

/** What the cloud would give back, by type; other types get an id. */
const rules: Readonly<Record<string, (values: JsonObject, name: string, stack: string) => JsonObject>> = {
  google_iam_workload_identity_pool: (values, _, stack) => ({
    name: `projects/${number(stack)}/locations/global/workloadIdentityPools/${values["workload_identity_pool_id"]}`,
  }),
  google_iam_workload_identity_pool_provider: (values, _, stack) => ({
    name: `projects/${number(stack)}/locations/global/workloadIdentityPools/${values["workload_identity_pool_id"]}/providers/${values["workload_identity_pool_provider_id"]}`,
  }),
  google_iam_workforce_pool: (values) => ({ name: `locations/global/workforcePools/${values["workforce_pool_id"]}` }),
  google_iam_workforce_pool_provider: (values) => ({
    name: `locations/global/workforcePools/${values["workforce_pool_id"]}/providers/${values["provider_id"]}`,
  }),
  google_service_account: (values) => {
    const email = `${values["account_id"]}@${values["project"]}.iam.gserviceaccount.com`;
    return { email, member: `serviceAccount:${email}`, name: `projects/${values["project"]}/serviceAccounts/${email}` };
  },
};

function cloud({ type, name, stack, values }: Resource): JsonObject {
  const id = `${stack}-${type}-${name}`;
  const common = {
    id,
    self_link: id,
    client_id: id,
    object_id: id,
    unique_id: id,
    value: id,
    client_secret: id,
    uri: id,
    address: id,
  };
  return { ...common, generated_id: 1, output: values["input"] ?? null, ...rules[type]?.(values, name, stack) };
}

const resources = new Map<Environment, readonly Resource[]>();
/** What neither a declaration, a variable nor the cloud gives. */
const inputs: string[] = [];
let model: AccessModel;

beforeAll(() => {
  const directory = mkdtempSync(join(tmpdir(), "keyless-synthesized-"));
  try {
    const synth = join(__dirname, "..", "cli", "synth.cjs");
    execFileSync(process.execPath, [synth], { env: { ...process.env, CDKTF_OUTDIR: directory }, stdio: "ignore" });
    for (const environment of environments) {
      const text = readFileSync(join(directory, "stacks", environment, "cdk.tf.json"), "utf8");
      const configuration = readTerraformJson(text, environment);
      const variables = Object.fromEntries(
        [...configuration.variables.keys()].map((name) => [name, `value of ${name}`]),
      );
      const standIn = (reference: string, origin: string) => {
        if (origin === "input") inputs.push(reference);
        return "known after apply";
      };
      resources.set(environment, resolveConfiguration(configuration, { variables, computed: cloud, standIn }));
    }
    model = buildAccessModel([...resources.values()].flat());
  } finally {
    rmSync(directory, { recursive: true });
  }
}, 120_000);

const audienceOf = (environment: Environment, kind: string): string =>
  `//iam.googleapis.com/projects/${number(environment)}/locations/global/workloadIdentityPools/${kind}-${environment}-01/providers/${kind}-${environment}-01`;
const account = (id: string, environment: Environment): string =>
  `${id}-${environment}@ailab-data-${environment}.iam.gserviceaccount.com`;

const workflow = {
  sub: "repo:ailab/data-platform:ref:refs/heads/main",
  repository_id: "712345678",
  repository_owner_id: "58213377",
  ref: "refs/heads/main",
  ref_type: "branch",
  event_name: "push",
};

function githubExchange(environment: Environment, claims: Readonly<Record<string, unknown>> = {}) {
  const audience = audienceOf(environment, "github");
  return evaluateExchange(model, audience, {
    kind: "oidc",
    issuer: "https://token.actions.githubusercontent.com",
    audiences: [`https:${audience}`],
    claims: { ...workflow, ...claims },
  });
}

function githubIdentity(environment: Environment): FederatedIdentity {
  const decision = githubExchange(environment);
  if (!decision.admitted) throw new Error(decision.explanation);
  return decision.identity;
}

const becomes = (identity: FederatedIdentity, email: string): boolean =>
  evaluateImpersonation(model, identity, email, "iam.serviceAccounts.getAccessToken", now).allowed;

describe("the synthesized environments", () => {
  it("are read without a rest", () => {
    expect(model.unreadable).toEqual([]);
    expect(inputs).toEqual([]);
    expect(model.providers.size).toBeGreaterThan(6);
    const values = JSON.stringify([...resources.values()].flat().map((resource) => resource.values));
    // What is left is known only where and when a step runs.
    expect([...new Set(values.match(/\$\{\w+\b/g))].sort()).toEqual(["${path", "${self"]);
  });

  it("leave only what the cloud knows unknown, where the cloud is not asked", () => {
    const text = JSON.stringify({
      resource: { google_iam_workload_identity_pool: { p: { workload_identity_pool_id: "p" } } },
    });
    expect(buildAccessModel(resolveConfiguration(readTerraformJson(text, "dev"), {})).unreadable).toEqual([
      { address: "google_iam_workload_identity_pool.p", problem: expect.stringContaining("name") },
    ]);
  });

  it("let the repository's main branch become the MCP server of dev and of staging, each only its own", () => {
    for (const environment of ["dev", "staging"] as const) {
      const identity = githubIdentity(environment);
      for (const other of environments)
        expect(becomes(identity, account("mcp-server", other))).toBe(other === environment);
      expect(becomes(identity, account("batch-job", environment))).toBe(false);
    }
  });

  it.each([
    [
      "a pull request of a fork",
      { ref: "refs/pull/7/merge", event_name: "pull_request" },
      /assertion\.(ref|event_name|ref_type)/,
    ],
    ["another repository of the owner", { repository_id: "712345679" }, /assertion\.repository_id/],
    ["another owner", { repository_owner_id: "1" }, /assertion\.repository_owner_id/],
    ["a tag", { ref: "refs/tags/v1", ref_type: "tag" }, /assertion\.ref/],
  ])("refuse %s", (_, claims, refusedBy) => {
    for (const environment of ["dev", "staging"] as const) {
      const decision = githubExchange(environment, claims);
      expect(decision).toMatchObject({
        admitted: false,
        error: { error: "unauthorized_client" },
        refusedBy: expect.stringMatching(refusedBy),
      });
    }
  });

  it("admit another branch to dev, not to staging", () => {
    expect(githubExchange("dev", { ref: "refs/heads/feature" }).admitted).toBe(true);
    expect(githubExchange("staging", { ref: "refs/heads/feature" }).admitted).toBe(false);
  });

  it("know no repository in prod", () => {
    expect(githubExchange("prod")).toMatchObject({ admitted: false, error: { error: "invalid_target" } });
  });

  it("let the MCP server read the datasets of its environment, and write only in staging", () => {
    const datasets = { dev: "dev_analytics", staging: "staging_analytics", prod: "prod_analytics" };
    const may = (environment: Environment, permission: string, of: Environment) =>
      evaluateAccess(
        model,
        { kind: "service-account", email: account("mcp-server", environment) },
        permission,
        { kind: "dataset", project: `ailab-data-${of}`, datasetId: datasets[of] },
        now,
      ).allowed;
    for (const environment of environments) {
      for (const of of environments) expect(may(environment, "bigquery.tables.getData", of)).toBe(of === environment);
      expect(may(environment, "bigquery.tables.updateData", environment)).toBe(environment === "staging");
    }
  });

  it("let a person open the apps of their groups, and no others", () => {
    const pool = "locations/global/workforcePools/ailab-people-dev-01";
    const desk = "6d1f3f0a-4a5e-4f0e-9a51-0d7c1b1e0a02";
    const identity: FederatedIdentity = {
      kind: "federated",
      pool,
      provider: `${pool}/providers/entra-01`,
      subject: "p",
      groups: [desk],
      attributes: {},
    };
    const backends = [...model.bindings].flatMap(
      ([key]) => /^projects\/(ailab-data-dev)\/iap_web\/compute\/services\/(.+)$/.exec(key)?.[2] ?? [],
    );
    const opened = backends.filter(
      (backendService) =>
        evaluateAccess(
          model,
          identity,
          "iap.webServiceVersions.accessViaIAP",
          { kind: "iap-backend-service", project: number("dev"), backendService, host: "dev.ailab.com", path: "/" },
          now,
        ).allowed,
    );
    expect(backends).toHaveLength(6);
    expect(opened).toEqual([expect.stringContaining("service-desk")]);
  });
});
