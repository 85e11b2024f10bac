import { evaluateExchange } from "../access/exchange";
import { type Changes, companyResources, deployer, githubPool, resource } from "../access/fixture";
import { buildAccessModel } from "../access/model";
import { createSolver, type Solver } from "../prove/solver";
import type { Resource } from "../terraform/resource";
import { UnresolvedValues } from "../terraform/unresolved";
import { compareAccess } from "./compare-access";

const now = new Date("2026-06-01T12:00:00Z");
const provider = "google_iam_workload_identity_pool_provider.github";
const condition = "assertion.repository_id == '712345678' && assertion.ref == 'refs/heads/main'";
const other = "reporter@ailab-dev.iam.gserviceaccount.com";
const base = companyResources();

const withCondition = (text: string): Resource[] => companyResources({ [provider]: { attribute_condition: text } });
const member = (values: Readonly<Record<string, string>>): Changes => ({
  "google_service_account_iam_member.more": { role: "roles/iam.workloadIdentityUser", ...values },
});

let solver: Solver;
beforeAll(() => {
  solver = createSolver();
});
afterAll(() => solver.close());

const compare = (from: readonly Resource[], to: readonly Resource[]) =>
  compareAccess(from, to, { solver, now, milliseconds: 60_000 });
const short = async (from: readonly Resource[], to: readonly Resource[]) => {
  const { differences, rewritten, undecided, audiences } = await compare(from, to);
  return {
    differences: differences.map(({ change, target, provider: through }) =>
      [change, target.kind === "account" ? target.email : target.role, through].join(" "),
    ),
    rewritten,
    undecided,
    audiences,
  };
};
const nothing = { differences: [], rewritten: [], undecided: [], audiences: [] };

describe("compareAccess", () => {
  it("asks nothing where nothing changed that decides", async () => {
    const unused: Solver = {
      solve: () => Promise.reject(new Error("asked")),
      start: () => undefined,
      close: () => undefined,
    };
    const titled = companyResources({ [provider]: { display_name: "GitHub" } });
    expect(await compareAccess(base, titled, { solver: unused })).toEqual(nothing);
  });

  it("shows a token that a looser condition lets in, and that the base refuses", async () => {
    const head = withCondition("assertion.repository_id == '712345678'");
    const { differences, undecided } = await compare(base, head);
    expect(undecided).toEqual([]);
    expect(differences).toHaveLength(1);
    const [difference] = differences;
    expect(difference).toMatchObject({ change: "gained", target: { kind: "account", email: deployer }, provider });
    const { audience, credential } = difference?.witness ?? { audience: "", credential: { kind: "x509", claims: {} } };
    expect(evaluateExchange(buildAccessModel(head), audience, credential).admitted).toBe(true);
    expect(evaluateExchange(buildAccessModel(base), audience, credential).admitted).toBe(false);
    expect(credential.claims).toMatchObject({ repository_id: "712345678" });
  });

  it("shows a token that a tighter condition refuses", async () => {
    const head = withCondition(`${condition} && assertion.event_name == 'push'`);
    expect(await short(base, head)).toEqual({ ...nothing, differences: [`lost ${deployer} ${provider}`] });
  });

  it("tells both, where one thing is given for another", async () => {
    const head = withCondition("assertion.repository_id == '712345678' && assertion.ref == 'refs/heads/release'");
    expect((await short(base, head)).differences).toEqual([
      `gained ${deployer} ${provider}`,
      `lost ${deployer} ${provider}`,
    ]);
  });

  it.each([
    ["its parts in another order", "assertion.ref == 'refs/heads/main' && assertion.repository_id == '712345678'"],
    [
      "a list of one",
      "assertion.repository_id in ['712345678'] && assertion.ref.startsWith('refs/heads/main') && size(assertion.ref) == 15",
    ],
    ["a negation of negations", "!(assertion.repository_id != '712345678' || assertion.ref != 'refs/heads/main')"],
    ["a pattern", "assertion.repository_id.matches('^712345678$') && assertion.ref == 'refs/' + 'heads/main'"],
    ["a mapped attribute", "attribute.repository_id == '712345678' && attribute.ref == 'refs/heads/main'"],
  ])("recognises a condition rewritten as %s", async (_, text) => {
    expect(await short(base, withCondition(text))).toEqual({ ...nothing, rewritten: [provider] });
  });

  it("does not take a pattern that is nearly the same for the same", async () => {
    const head = withCondition("assertion.repository_id.matches('^712345678') && assertion.ref == 'refs/heads/main'");
    expect(await short(base, head)).toMatchObject({ rewritten: [], differences: [] });
    const wider = companyResources({
      [provider]: {
        attribute_condition: "assertion.repository_id.matches('^712345678') && assertion.ref == 'refs/heads/main'",
      },
      "google_service_account_iam_member.become": { member: `principalSet://iam.googleapis.com/${githubPool}/*` },
    });
    expect((await short(base, wider)).differences).toEqual([`gained ${deployer} ${provider}`]);
  });

  it("does not take other groups for the same meaning", async () => {
    const people = "google_iam_workforce_pool_provider.people";
    const mapping = { "google.subject": "assertion.oid", "google.groups": "assertion.wids" };
    const head = companyResources({ [people]: { attribute_mapping: mapping } });
    expect((await compare(base, head)).rewritten).toEqual([]);
  });

  it("tells of an account that a new binding opens, and of what lies behind it", async () => {
    const account = (id: string) => ({
      [`google_service_account.${id}`]: {
        project: "ailab-dev",
        email: `${id}@ailab-dev.iam.gserviceaccount.com`,
        name: `projects/ailab-dev/serviceAccounts/${id}@ailab-dev.iam.gserviceaccount.com`,
      },
    });
    const before = companyResources(account("reporter"));
    const after = companyResources({
      ...account("reporter"),
      ...member({
        service_account_id: `projects/ailab-dev/serviceAccounts/${other}`,
        member: `serviceAccount:${deployer}`,
      }),
    });
    expect(await short(before, after)).toEqual({ ...nothing, differences: [`gained ${other} ${provider}`] });
    const [difference] = (await compare(before, after)).differences;
    expect(difference?.witness.accounts).toEqual([deployer, other]);
    expect(await short(after, before)).toEqual({ ...nothing, differences: [`lost ${other} ${provider}`] });
  });

  it("tells of rights that are given to identities from outside themselves", async () => {
    const head = [
      ...base,
      resource("google_project_iam_member.direct", {
        project: "ailab-dev",
        role: "roles/bigquery.jobUser",
        member: `principalSet://iam.googleapis.com/${githubPool}/attribute.ref/refs/heads/main`,
      }),
    ];
    expect((await short(base, head)).differences).toEqual([`gained roles/bigquery.jobUser ${provider}`]);
  });

  it("tells of a pool that is enabled, and of one that is gone", async () => {
    const disabled = companyResources({ "google_iam_workload_identity_pool.github": { disabled: true } });
    expect((await short(disabled, base)).differences).toEqual([`gained ${deployer} ${provider}`]);
    expect((await short(base, disabled)).differences).toEqual([`lost ${deployer} ${provider}`]);
    expect((await short(base, companyResources({ [provider]: undefined }))).differences).toEqual([
      `lost ${deployer} ${provider}`,
    ]);
  });

  it("tells of audiences that are taken from now on, and no longer", async () => {
    const head = companyResources({
      [provider]: { oidc: { issuer_uri: "https://token.actions.githubusercontent.com", allowed_audiences: ["ours"] } },
    });
    const { audiences, differences } = await compare(base, head);
    expect(differences).toEqual([]);
    expect(audiences.map(({ change, audience }) => `${change} ${audience}`)).toEqual([
      "gained ours",
      `lost //iam.googleapis.com/${githubPool}/providers/actions`,
      `lost https://iam.googleapis.com/${githubPool}/providers/actions`,
    ]);
  });

  it("says what it cannot tell: a function that is not translated, a value given at apply, a resource that is not read", async () => {
    const cased = withCondition(
      "assertion.repository_id == '712345678' && assertion.ref.lowerAscii() == 'refs/heads/main'",
    );
    const told = await short(base, cased);
    expect(told.rewritten).toEqual([]);
    expect([...told.undecided.map(({ reason }) => reason), ...told.differences].join()).toMatch(/lowerAscii|gained/);

    const unresolved = new UnresolvedValues();
    const branch = unresolved.standIn("dev", "var.branch", "input");
    const given = withCondition(`assertion.repository_id == '712345678' && assertion.ref == '${branch}'`);
    const depends = await compareAccess(base, given, {
      solver,
      now,
      inputsIn: (text) => unresolved.inputsIn(text),
    });
    expect(depends.rewritten).toEqual([]);
    expect(depends.differences.length + depends.undecided.length).toBeGreaterThan(0);

    const broken = companyResources({ [provider]: { attribute_mapping: {} } });
    expect((await short(base, broken)).undecided).toContainEqual({
      subject: provider,
      reason: expect.stringMatching(/it is not read/),
    });
  });

  it("says once what a binding may open whose member is known only after apply, or declared elsewhere", async () => {
    const unresolved = new UnresolvedValues();
    const name = unresolved.standIn("dev", "google_iam_workload_identity_pool.other.name", "input");
    const account = `projects/ailab-dev/serviceAccounts/${deployer}`;
    const given = member({ service_account_id: account, member: `principalSet://iam.googleapis.com/${name}/*` });
    const inputsIn = (text: string) => unresolved.inputsIn(text);
    const options = { solver, now, inputsIn, milliseconds: 60_000 };
    expect((await compareAccess(base, companyResources(given), options)).undecided).toEqual([
      { subject: "google_service_account_iam_member.more", reason: expect.stringMatching(/not known before apply/) },
    ]);
    const elsewhere = companyResources(
      member({ service_account_id: account, member: "serviceAccount:ailab-dev.svc.id.goog[default/job]" }),
    );
    expect((await compare(base, elsewhere)).undecided).toEqual([
      { subject: expect.stringContaining("more"), reason: expect.stringMatching(/lets in ailab-dev\.svc\.id\.goog/) },
    ]);
    expect(await short(elsewhere, elsewhere)).toEqual(nothing);
  });

  it("is undecided, and not silent, without time", async () => {
    const head = withCondition("assertion.repository_id == '712345678'");
    const { undecided, differences } = await compareAccess(base, head, { solver, now, milliseconds: 0 });
    expect(differences).toEqual([]);
    expect(undecided.length).toBeGreaterThan(0);
  });
});
