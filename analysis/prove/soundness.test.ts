import { type Changes, companyResources, deployer, githubPool } from "../access/fixture";
import type { Json, Resource } from "../terraform/resource";
import type { Invariant } from "./invariant";
import { prove } from "./prove";
import { createSolver, type Solver } from "./solver";
import type { Finding, Verdict } from "./verdict";

/** What must never be proved by accident: whatever is left out of the question has to make the answer unknown. */

const now = new Date("2026-06-01T12:00:00Z");
const provider = "google_iam_workload_identity_pool_provider.github";
const nobody: Invariant = { kind: "onlyWhen", account: deployer, tokens: [] };

let solver: Solver;
beforeAll(() => {
  solver = createSolver();
});
afterAll(() => solver.close());

async function findingsOf(
  resources: readonly Resource[],
  invariants: readonly Invariant[],
  builtIns: readonly string[] = [],
): Promise<readonly Finding[]> {
  const environments = [{ environment: "dev", invariants }];
  return prove({ resources, environments, builtIns, solver, now, milliseconds: 30_000 });
}

async function verdictOf(changes: Changes, invariant: Invariant = nobody): Promise<Verdict> {
  const [finding] = await findingsOf(companyResources(changes), [invariant]);
  if (finding === undefined) throw new Error("nothing was asked");
  return finding.verdict;
}

const become = "google_service_account_iam_member.become";
const closed: Changes = { [become]: undefined };

/** A provider of an issuer of which nothing is known, with groups, of which one becomes the account. */
const withGroups = (groups: string, condition: Json = null): Changes => ({
  [provider]: {
    oidc: { issuer_uri: "https://issuer.example" },
    attribute_mapping: { "google.subject": "assertion.sub", "google.groups": groups },
    attribute_condition: condition,
  },
  [become]: { member: `principalSet://iam.googleapis.com/${githubPool}/group/admins` },
});

describe("google.groups", () => {
  it.each([
    ["assertion.groups.split(',')"],
    ["assertion.groups.filter(g, g.startsWith('a'))"],
    ["assertion.groups.map(g, g + 's')"],
    ["assertion.groups + ['x']"],
  ])("that are computed, as by %s, may hold any group", async (groups) => {
    expect(await verdictOf(withGroups(groups))).toMatchObject({ verdict: expect.not.stringMatching("proved") });
  });

  it("of one of two claims are looked at in both", async () => {
    const either = withGroups(
      "assertion.x == 'a' ? assertion.groups : assertion.roles",
      "!('admins' in assertion.groups)",
    );
    expect(await verdictOf(either)).toMatchObject({ verdict: "violated" });
    const neither = withGroups(
      "assertion.x == 'a' ? assertion.groups : assertion.roles",
      "!('admins' in assertion.groups) && !('admins' in assertion.roles)",
    );
    expect(await verdictOf(neither)).toEqual({ verdict: "proved" });
  });
});

describe("an account that is let in from elsewhere", () => {
  it.each([
    [
      "a pool that is not declared",
      "principalSet://iam.googleapis.com/projects/9/locations/global/workloadIdentityPools/x/*",
    ],
    ["a cluster's workload", "serviceAccount:ailab-dev.svc.id.goog[default/job]"],
    ["an account that is not declared", "serviceAccount:robot@other-project.iam.gserviceaccount.com"],
  ])("by %s is unknown to every invariant that it may break", async (_, member) => {
    const changes = { ...closed, "google_service_account_iam_member.other": becomes(member) };
    const never: Invariant = {
      kind: "never",
      account: deployer,
      tokens: { issuer: "https://issuer.example", condition: "true" },
    };
    const findings = await findingsOf(
      companyResources(changes),
      [nobody, never, { kind: "atMost", account: deployer, identities: 1 }],
      ["separate-environments", "reused-names"],
    );
    expect(findings).toHaveLength(5);
    for (const { verdict } of findings)
      expect(verdict).toMatchObject({ verdict: "unknown", reason: expect.stringContaining("not declared here") });
  });

  it("is nobody, where Google's own agents and people are let in", async () => {
    for (const member of [
      "serviceAccount:service-710@gcp-sa-iap.iam.gserviceaccount.com",
      "serviceAccount:710@cloudservices.gserviceaccount.com",
      "user:somebody@ailab.com",
    ])
      expect(await verdictOf({ ...closed, "google_service_account_iam_member.other": becomes(member) })).toEqual({
        verdict: "proved",
      });
  });
});

function becomes(member: string, role = "roles/iam.serviceAccountTokenCreator"): Record<string, Json> {
  return { service_account_id: `projects/ailab-dev/serviceAccounts/${deployer}`, role, member };
}

describe("a custom role", () => {
  const withRole = (...permissions: readonly string[]): Changes => ({
    "google_project_iam_custom_role.own": { project: "ailab-dev", role_id: "own", permissions },
    [become]: { role: "projects/ailab-dev/roles/own" },
  });

  it.each([
    ["iam.serviceAccounts.signJwt"],
    ["iam.serviceAccounts.signBlob"],
    ["iam.serviceAccounts.implicitDelegation"],
    ["iam.serviceAccounts.setIamPolicy"],
    ["iam.serviceAccountKeys.create"],
  ])("with %s may let its members become the account", async (permission) => {
    expect(await verdictOf(withRole(permission))).toMatchObject({ verdict: "unknown" });
  });

  it("that only looks does not", async () => {
    expect(await verdictOf(withRole("iam.serviceAccounts.get"))).toEqual({ verdict: "proved" });
  });
});

describe("issuers of one enterprise", () => {
  const pullRequests = (issuer: string): Resource[] =>
    companyResources({
      [provider]: { oidc: { issuer_uri: issuer }, attribute_condition: null },
      "google_project_iam_member.edits": {
        project: "ailab-dev",
        role: "roles/bigquery.dataEditor",
        member: `serviceAccount:${deployer}`,
      },
      [become]: { member: `principalSet://iam.googleapis.com/${githubPool}/*` },
    });

  it.each([
    ["https://token.actions.githubusercontent.com/ailab"],
    ["https://token.actions.ailab.ghe.com"],
    ["https://github.ailab.com/_services/token"],
  ])("%s is asked about pull requests as well, and not about tenants", async (issuer) => {
    const [outsiders, tenants] = await findingsOf(pullRequests(issuer), [], ["outsider-workflows", "foreign-tenants"]);
    expect(outsiders?.verdict).toMatchObject({ verdict: "violated" });
    expect(tenants?.verdict).toEqual({ verdict: "proved" });
  });
});
