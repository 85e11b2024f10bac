import { type Changes, companyResources, deployer, githubPool, resource, workforcePool } from "../access/fixture";
import type { Resource } from "../terraform/resource";
import { UnresolvedValues } from "../terraform/unresolved";
import type { Invariant } from "./invariant";
import { prove } from "./prove";
import { createSolver, type Solver } from "./solver";
import type { Verdict } from "./verdict";

const now = new Date("2026-06-01T12:00:00Z");
jest.setTimeout(120_000);
const github = "https://token.actions.githubusercontent.com";
const provider = "google_iam_workload_identity_pool_provider.github";
const onMain = {
  issuer: github,
  condition: "assertion.repository_id == '712345678' && assertion.ref == 'refs/heads/main'",
};
const onlyMain: Invariant = { kind: "onlyWhen", account: deployer, tokens: [onMain] };
const nobody = (email: string): Invariant => ({ kind: "onlyWhen", account: email, tokens: [] });

let solver: Solver;
beforeAll(() => {
  solver = createSolver();
});
afterAll(() => solver.close());

interface Asked {
  readonly unresolved?: UnresolvedValues;
  readonly administrators?: readonly string[];
  readonly milliseconds?: number;
  readonly now?: Date;
}

async function verdictOf(resources: readonly Resource[], invariant: Invariant, asked: Asked = {}): Promise<Verdict> {
  const { unresolved, administrators = [], milliseconds = 30_000, now: at = now } = asked;
  const [finding] = await prove({
    resources,
    environments: [{ environment: "dev", invariants: [invariant], administrators }],
    builtIns: [],
    solver,
    now: at,
    milliseconds,
    ...(unresolved === undefined ? {} : { inputsIn: (text: string) => unresolved.inputsIn(text) }),
  });
  if (finding === undefined) throw new Error("nothing was asked");
  return finding.verdict;
}

const account = (id: string): Changes => ({
  [`google_service_account.${id}`]: {
    project: "ailab-dev",
    email: emailOf(id),
    name: `projects/ailab-dev/serviceAccounts/${emailOf(id)}`,
  },
});
const emailOf = (id: string): string => `${id}@ailab-dev.iam.gserviceaccount.com`;
const becomes = (name: string, of: string, member: string, role = "roles/iam.serviceAccountTokenCreator"): Changes => ({
  [`google_service_account_iam_member.${name}`]: {
    service_account_id: `projects/ailab-dev/serviceAccounts/${of}`,
    role,
    member,
  },
});
const onProject = (name: string, role: string, member: string): Changes => ({
  [`google_project_iam_member.${name}`]: { project: "ailab-dev", role, member },
});
const withCondition = (text: string): Resource[] => companyResources({ [provider]: { attribute_condition: text } });

describe("onlyWhen", () => {
  it("is proved where the condition is at least as strict", async () => {
    expect(await verdictOf(companyResources(), onlyMain)).toEqual({ verdict: "proved" });
  });

  it("is violated by the smallest token that shows it, made out for the provider", async () => {
    const verdict = await verdictOf(withCondition("assertion.repository_id == '712345678'"), onlyMain);
    expect(verdict).toMatchObject({ verdict: "violated", counterexamples: [{ provider, accounts: [deployer] }] });
    if (verdict.verdict !== "violated") return;
    const claims = verdict.counterexamples[0]?.credential.claims;
    expect(claims).toMatchObject({ iss: github, aud: expect.stringContaining(githubPool), repository_id: "712345678" });
    expect(claims).toMatchObject({ ref: expect.stringMatching(/^refs\/(heads|tags|pull)\//) });
    // Nothing is in it that is not looked at, or without which GitHub would sign none.
    expect(Object.keys(claims ?? {}).length).toBeLessThan(12);
  });

  it("counts tokens of other issuers, of which none is stated", async () => {
    const crossing = companyResources(
      becomes(
        "people",
        deployer,
        `principalSet://iam.googleapis.com/${workforcePool}/group/staff`,
        "roles/iam.workloadIdentityUser",
      ),
    );
    expect(await verdictOf(crossing, onlyMain)).toMatchObject({
      verdict: "violated",
      explanation: expect.stringContaining("no token of its issuer may"),
    });
    const staff = { issuer: "https://login.microsoftonline.com/tenant/v2.0", condition: "'staff' in assertion.groups" };
    expect(await verdictOf(crossing, { ...onlyMain, tokens: [onMain, staff] })).toEqual({ verdict: "proved" });
  });

  it("is unknown for an account that is not there, and for a condition that cannot be read", async () => {
    expect(await verdictOf(companyResources(), nobody("other@x"))).toEqual({
      verdict: "unknown",
      reason: "there is no account other@x",
    });
    const broken = { ...onlyMain, tokens: [{ issuer: github, condition: "assertion.ref ==" }] };
    expect(await verdictOf(companyResources(), broken)).toMatchObject({
      verdict: "unknown",
      reason: expect.stringMatching(/cannot be read/),
    });
  });
});

describe("never", () => {
  const pullRequests = { issuer: github, condition: "assertion.event_name == 'pull_request'" };

  it("is proved where the condition excludes the tokens, and violated where it does not", async () => {
    const invariant: Invariant = { kind: "never", account: deployer, tokens: pullRequests };
    // GitHub gives a pull request the ref of its merge.
    expect(await verdictOf(companyResources(), invariant)).toEqual({ verdict: "proved" });
    expect(await verdictOf(withCondition("assertion.repository_id == '712345678'"), invariant)).toMatchObject({
      verdict: "violated",
    });
  });

  it("leaves out the accounts that it names, and no others", async () => {
    const open = withCondition("assertion.repository_id == '712345678'");
    const others = (otherThan: readonly string[]): Invariant => ({
      kind: "never",
      account: { otherThan },
      tokens: pullRequests,
    });
    expect(await verdictOf(open, others([deployer]))).toEqual({ verdict: "proved" });
    expect(await verdictOf(open, others([]))).toMatchObject({ verdict: "violated" });
  });
});

describe("atMost", () => {
  const byTag = companyResources({
    [provider]: {
      attribute_mapping: { "google.subject": "assertion.ref", "attribute.repository_id": "assertion.repository_id" },
    },
  });

  it("counts identities: one subject, or several of which each is shown", async () => {
    const one: Invariant = { kind: "atMost", account: deployer, identities: 1 };
    expect(await verdictOf(byTag, one)).toEqual({ verdict: "proved" });
    const several = await verdictOf(
      companyResources({ [provider]: { attribute_condition: "assertion.repository_id == '712345678'" } }),
      one,
    );
    expect(several).toMatchObject({ verdict: "violated" });
    if (several.verdict !== "violated") return;
    const subjects = several.counterexamples.map(({ identity }) => identity.subject);
    expect(new Set(subjects).size).toBe(2);
  });

  it("says that it does not count very many", async () => {
    expect(await verdictOf(companyResources(), { kind: "atMost", account: deployer, identities: 9 })).toMatchObject({
      verdict: "unknown",
    });
  });

  it("knows the roles of an account, and of those that it can become", async () => {
    const invariant: Invariant = { kind: "atMost", account: deployer, roles: ["roles/bigquery.jobUser"] };
    const fine = companyResources(onProject("r", "roles/bigquery.jobUser", `serviceAccount:${deployer}`));
    expect(await verdictOf(fine, invariant)).toEqual({ verdict: "proved" });
    const chain = {
      ...account("reporter"),
      ...becomes("chain", emailOf("reporter"), `serviceAccount:${deployer}`),
      ...onProject("r", "roles/storage.admin", `serviceAccount:${emailOf("reporter")}`),
    };
    expect(
      await verdictOf(companyResources(chain), { ...invariant, roles: ["roles/iam.serviceAccountTokenCreator"] }),
    ).toMatchObject({
      verdict: "violated",
      explanation: expect.stringContaining("roles/storage.admin"),
    });
  });
});

describe("what the model does not tell", () => {
  it("is unknown, and never proved: a binding's condition that does not hold now", async () => {
    const expires = companyResources({
      [provider]: { attribute_condition: "assertion.repository_id == '712345678'" },
      "google_service_account_iam_member.become": {
        condition: [{ title: "t", expression: "request.time < timestamp('2026-05-01T00:00:00Z')" }],
      },
    });
    expect(await verdictOf(expires, onlyMain)).toMatchObject({
      verdict: "unknown",
      reason: expect.stringMatching(/IAM condition/),
    });
    expect(await verdictOf(expires, onlyMain, { now: new Date("2026-04-01T00:00:00Z") })).toMatchObject({
      verdict: "violated",
    });
  });

  it.each([
    [
      "a custom role on the project",
      onProject("r", "projects/other/roles/own", `principalSet://iam.googleapis.com/${githubPool}/*`),
    ],
    [
      "a role that lets one change policies",
      onProject("r", "roles/iam.securityAdmin", `principalSet://iam.googleapis.com/${githubPool}/*`),
    ],
    [
      "a member of a form that is not read",
      becomes(
        "m",
        deployer,
        "principalSet://cloudresourcemanager.googleapis.com/projects/710/type/All",
        "roles/iam.workloadIdentityUser",
      ),
    ],
    [
      "a folder's policy, where nobody says what lies in it",
      {
        "google_folder_iam_member.f": {
          folder: "folders/7",
          role: "roles/iam.workloadIdentityUser",
          member: `principalSet://iam.googleapis.com/${githubPool}/*`,
        },
      },
    ],
  ] satisfies [string, Changes][])("is unknown, and never proved: %s", async (_, changes) => {
    const open = companyResources({
      [provider]: { attribute_condition: "assertion.repository_id == '712345678'" },
      "google_service_account_iam_member.become": undefined,
      ...changes,
    });
    expect(await verdictOf(open, onlyMain)).toMatchObject({ verdict: "unknown" });
  });

  it("is unknown, and never proved: a provider that is not read", async () => {
    const broken = companyResources({ [provider]: { oidc: { issuer_uri: "http://plain" } } });
    expect(await verdictOf(broken, onlyMain)).toMatchObject({
      verdict: "unknown",
      reason: expect.stringMatching(/is not read/),
    });
  });

  it("is unknown, and never proved: a value or a member that whoever applies gives", async () => {
    const unresolved = new UnresolvedValues();
    const branch = unresolved.standIn("dev", "var.branch", "input");
    const member = unresolved.standIn("dev", "var.member", "input");
    const given = withCondition(`assertion.repository_id == '712345678' && assertion.ref == '${branch}'`);
    expect(await verdictOf(given, onlyMain, { unresolved })).toEqual({
      verdict: "unknown",
      reason: "it depends on var.branch, which is not known before apply",
    });
    const bound = companyResources({
      [provider]: { attribute_condition: "assertion.repository_id == '712345678'" },
      "google_service_account_iam_member.become": { member },
    });
    expect(await verdictOf(bound, onlyMain, { unresolved })).toEqual({
      verdict: "unknown",
      reason: "it depends on var.member, which is not known before apply",
    });
    const pinned = companyResources({ "google_service_account_iam_member.become": { member } });
    expect(
      await verdictOf(
        pinned,
        {
          ...onlyMain,
          tokens: [
            onMain,
            { issuer: "aws", condition: "true" },
            { issuer: "https://login.microsoftonline.com/tenant/v2.0", condition: "true" },
          ],
        },
        { unresolved },
      ),
    ).toEqual({ verdict: "proved" });
  });

  it("is set aside for administrators, who are named: what they could grant, not what they become", async () => {
    const admin = {
      ...account("apply"),
      ...onProject("a", "roles/resourcemanager.projectIamAdmin", `serviceAccount:${emailOf("apply")}`),
      ...becomes(
        "b",
        emailOf("apply"),
        `principalSet://iam.googleapis.com/${githubPool}/*`,
        "roles/iam.workloadIdentityUser",
      ),
    };
    const open = companyResources({
      ...admin,
      [provider]: { attribute_condition: "assertion.repository_id == '712345678'" },
      "google_service_account_iam_member.become": undefined,
    });
    expect(await verdictOf(open, nobody(deployer))).toMatchObject({
      verdict: "unknown",
      reason: expect.stringMatching(/not named as administrators/),
    });
    expect(await verdictOf(open, nobody(deployer), { administrators: [emailOf("apply")] })).toEqual({
      verdict: "proved",
    });
    expect(await verdictOf(open, nobody(emailOf("apply")), { administrators: [emailOf("apply")] })).toMatchObject({
      verdict: "violated",
    });
  });
});

describe("chains of impersonation", () => {
  it("are followed however long, and a circle ends", async () => {
    const ids = Array.from({ length: 30 }, (_, index) => `a${index}`);
    const changes: Changes = Object.assign(
      {},
      ...ids.map((id, index) => ({
        ...account(id),
        ...becomes(`to-${id}`, emailOf(id), `serviceAccount:${index === 0 ? deployer : emailOf(`a${index - 1}`)}`),
        ...becomes(`back-${id}`, index === 0 ? deployer : emailOf(`a${index - 1}`), `serviceAccount:${emailOf(id)}`),
      })),
    );
    const verdict = await verdictOf(companyResources(changes), nobody(emailOf("a29")));
    expect(verdict).toMatchObject({ verdict: "violated" });
    if (verdict.verdict === "violated") expect(verdict.counterexamples[0]?.accounts).toHaveLength(31);
    const apart = companyResources({ ...changes, "google_service_account_iam_member.to-a15": undefined });
    expect(await verdictOf(apart, nobody(emailOf("a29")))).toEqual({ verdict: "proved" });
  });

  it("stop at a disabled account, and where only an ID token is given", async () => {
    const chain = {
      ...account("middle"),
      ...account("end"),
      ...becomes("one", emailOf("middle"), `serviceAccount:${deployer}`),
      ...becomes("two", emailOf("end"), `serviceAccount:${emailOf("middle")}`),
    };
    expect(await verdictOf(companyResources(chain), nobody(emailOf("end")))).toMatchObject({ verdict: "violated" });
    const disabled = {
      ...chain,
      "google_service_account.middle": { ...account("middle")["google_service_account.middle"], disabled: true },
    };
    expect(await verdictOf(companyResources(disabled), nobody(emailOf("end")))).toEqual({ verdict: "proved" });
    const idToken = {
      ...chain,
      ...becomes("one", emailOf("middle"), `serviceAccount:${deployer}`, "roles/iam.serviceAccountOpenIdTokenCreator"),
    };
    expect(await verdictOf(companyResources(idToken), nobody(emailOf("end")))).toEqual({ verdict: "proved" });
  });

  it("see contradictory bindings side by side", async () => {
    const both = [
      ...companyResources({ [provider]: { attribute_condition: "assertion.repository_id == '712345678'" } }),
      resource("google_service_account_iam_binding.only", {
        service_account_id: `projects/ailab-dev/serviceAccounts/${deployer}`,
        role: "roles/iam.workloadIdentityUser",
        members: [],
      }),
    ];
    expect(await verdictOf(both, onlyMain)).toMatchObject({ verdict: expect.stringMatching(/violated|unknown/) });
  });
});
