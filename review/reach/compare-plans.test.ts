import { createSolver, type Solver } from "../../analysis";
import { readStackPlan, reviewJson, reviewJsonSchema, reviewMarkdown, reviewPlans } from "..";
import { outsideCodeSpans } from "../testing/outside-code-spans";
import { comparePlans } from "./compare-plans";

const pool = "projects/710/locations/global/workloadIdentityPools/ci";
const email = "deployer@ailab.iam.gserviceaccount.com";
const provider = "google_iam_workload_identity_pool_provider.ci";

type Values = Readonly<Record<string, unknown>>;

const resource = (address: string, values: Values) => {
  const [type, name] = address.split(".");
  return { address, mode: "managed", type, name, values };
};

const declared = (condition: string, more: Values = {}) => [
  resource("google_iam_workload_identity_pool.ci", { project: "ailab", name: pool, workload_identity_pool_id: "ci" }),
  resource(provider, {
    project: "ailab",
    name: `${pool}/providers/ci`,
    workload_identity_pool_id: "ci",
    workload_identity_pool_provider_id: "ci",
    oidc: [{ issuer_uri: "https://token.actions.githubusercontent.com", allowed_audiences: [] }],
    attribute_mapping: { "google.subject": "assertion.sub" },
    attribute_condition: condition,
    ...more,
  }),
  resource("google_service_account.deployer", {
    project: "ailab",
    account_id: "deployer",
    email,
    name: `projects/ailab/serviceAccounts/${email}`,
  }),
  resource("google_service_account_iam_member.become", {
    service_account_id: `projects/ailab/serviceAccounts/${email}`,
    role: "roles/iam.workloadIdentityUser",
    member: `principalSet://iam.googleapis.com/${pool}/*`,
  }),
];

const planText = (from: readonly object[], to: readonly object[]): string =>
  JSON.stringify({
    format_version: "1.2",
    terraform_version: "1.11.4",
    prior_state: { format_version: "1.0", values: { root_module: { resources: from } } },
    planned_values: { root_module: { resources: to } },
    resource_changes: [],
    configuration: { root_module: {} },
  });

const main = "assertion.repository_id == '712345678' && assertion.ref == 'refs/heads/main'";
const anyBranch = "assertion.repository_id == '712345678'";

let solver: Solver;
beforeAll(() => {
  solver = createSolver();
});
afterAll(() => solver.close());

async function reviewed(text: string) {
  const reach = await comparePlans([{ stack: "ci", text }], { solver, milliseconds: 60_000 });
  return reviewPlans([readStackPlan(text, { stack: "ci" })], reach);
}

describe("a review of plans that were compared", () => {
  it("says that nothing is opened, as proved", async () => {
    const review = await reviewed(planText(declared(main), declared(main)));
    expect(reviewMarkdown(review)).toContain(
      "Proved: no token reaches an account or a right that it did not reach before",
    );
    expect(review.exitCode).toBe(0);
  });

  it("shows the token that a change lets in, and asks for approval", async () => {
    const review = await reviewed(planText(declared(main), declared(anyBranch)));
    expect(review.exitCode).toBe(3);
    const markdown = reviewMarkdown(review);
    expect(markdown).toContain("Approval because of 1 way in that was not open before.");
    expect(markdown).toContain(`| **opened** | \`${email}\` | \`${provider}\` | `);
    expect(markdown).toContain('"repository_id":"712345678"');
    const json = reviewJson(review);
    expect(reviewJsonSchema.parse(JSON.parse(JSON.stringify(json)))).toEqual(json);
    expect(json.reach?.differences).toMatchObject([
      { change: "gained", target: { email }, witness: { accounts: [email], claims: { repository_id: "712345678" } } },
    ]);
  });

  it("tells what is closed, and asks nobody for that", async () => {
    const review = await reviewed(planText(declared(anyBranch), declared(main)));
    expect(reviewMarkdown(review)).toContain(`| closed | \`${email}\``);
    expect(review.exitCode).toBe(0);
  });

  it("recognises a condition that is written otherwise and means the same", async () => {
    const other = "assertion.ref == 'refs/heads/main' && assertion.repository_id in ['712345678']";
    const markdown = reviewMarkdown(await reviewed(planText(declared(main), declared(other))));
    expect(markdown).toContain(`\`${provider}\` is written otherwise and means the same.`);
    expect(markdown).toContain("Proved: no token");
  });

  it("tells of an audience that is taken from now on", async () => {
    const oidc = [{ issuer_uri: "https://token.actions.githubusercontent.com", allowed_audiences: ["ours"] }];
    const review = await reviewed(planText(declared(main), declared(main, { oidc })));
    expect(reviewMarkdown(review)).toContain(`**opened**: \`${provider}\` takes tokens made out for \`ours\``);
    expect(review.exitCode).toBe(3);
  });

  it("keeps what a hostile condition holds inside code spans", async () => {
    const hostile = "assertion.workflow == '`|@everyone <img src=x> [a](https://evil)`'";
    const markdown = reviewMarkdown(await reviewed(planText(declared(main), declared(hostile))));
    const row = markdown.split("\n").find((line) => line.startsWith("| **opened**")) ?? "";
    const outside = outsideCodeSpans(row);
    expect(row).toContain("everyone");
    expect(outside).not.toMatch(/everyone|img|evil/);
  });

  it("says what was not decided: no time, and a plan that cannot be read", async () => {
    const text = planText(declared(main), declared(anyBranch));
    const late = await comparePlans([{ stack: "ci", text }], { solver, milliseconds: 0 });
    expect(reviewMarkdown(reviewPlans([readStackPlan(text, { stack: "ci" })], late))).toMatch(
      /not all could be decided[\s\S]*\*\*not decided\*\*: `google_iam_workload/,
    );
    const secret = '{"planned_values": ["hunter2"';
    const { undecided } = await comparePlans([{ stack: "ci", text: secret }], { solver });
    expect(undecided).toEqual([{ subject: "ci", reason: expect.not.stringContaining("hunter2") }]);
  });

  it("sees what one environment's plan gives to another's", async () => {
    const inProd = `deployer@ailab-prod.iam.gserviceaccount.com`;
    const account = resource("google_service_account.deployer", {
      project: "ailab-prod",
      email: inProd,
      name: `projects/ailab-prod/serviceAccounts/${inProd}`,
    });
    const crossing = resource("google_service_account_iam_member.crossing", {
      service_account_id: `projects/ailab-prod/serviceAccounts/${inProd}`,
      role: "roles/iam.workloadIdentityUser",
      member: `principalSet://iam.googleapis.com/${pool}/*`,
    });
    const { differences } = await comparePlans(
      [
        { stack: "dev", text: planText(declared(main), declared(main)) },
        { stack: "prod", text: planText([account], [account, crossing]) },
      ],
      { solver },
    );
    expect(differences).toMatchObject([{ change: "gained", target: { email: inProd }, provider }]);
  });
});
