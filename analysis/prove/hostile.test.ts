import { companyResources, deployer } from "../access/fixture";
import { prove } from "./prove";
import { createSolver, type Solver } from "./solver";

const provider = "google_iam_workload_identity_pool_provider.github";
const open = "assertion.repository_id == '712345678'";
const timeLimit = 120_000;

let solver: Solver;
beforeAll(() => {
  solver = createSolver();
});
afterAll(() => solver.close());

async function verdictsOf(condition: string, builtIns: readonly string[] = [], milliseconds = 1500) {
  const github = "https://token.actions.githubusercontent.com";
  const tokens = [{ issuer: github, condition: `${open} && assertion.ref == 'refs/heads/main'` }];
  const findings = await prove({
    resources: companyResources({ [provider]: { attribute_condition: condition } }),
    environments: [{ environment: "dev", invariants: [{ kind: "onlyWhen", account: deployer, tokens }] }],
    builtIns,
    solver,
    milliseconds,
  });
  return findings.map(({ verdict }) => verdict.verdict);
}

const many = (part: string, count: number, join: string): string => Array<string>(count).fill(part).join(join);
const fitting = (condition: string): string => (condition.length <= 4096 ? condition : condition.slice(0, 4096));

/** All of these admit tokens of other branches, so that "proved" would be wrong whatever they cost. */
const doors: readonly (readonly [string, string])[] = [
  ["deep brackets", `${"(".repeat(200)}${open}${")".repeat(200)}`],
  ["a long chain of alternatives", `${open} && (${many("assertion.ref != 'x'", 150, " || ")})`],
  ["nested choices", `${many("assertion.ref == 'x' ? false : (", 60, "")}${open}${")".repeat(60)}`],
  ["many negations", `${"!".repeat(400)}(${open})`],
  ["a regular expression of repeated repetitions", `${open} && !assertion.ref.matches('(((a{1,9}){1,9}){1,9})+$')`],
  ["a regular expression that backtracks elsewhere", `${open} && !assertion.ref.matches('^(x+x+)+y$')`],
  ["many regular expressions at once", `${open} && ${many("!assertion.ref.matches('(a|b)*a(a|b){8}c')", 40, " && ")}`],
  [
    "many words sought in one text",
    `${open} && ${Array.from({ length: 80 }, (_, i) => `!assertion.ref.contains('w${i}ord${i * 7}')`).join(" && ")}`,
  ],
  [
    "texts put together again and again",
    `${open} && ${many("(assertion.ref", 20, " + 'x' + assertion.sub + ")}${")".repeat(20)} != 'refs/heads/main'`,
  ],
  [
    "macros inside macros",
    `${open} && !assertion.l.exists(a, assertion.l.exists(b, assertion.l.exists(c, a == b + c)))`,
  ],
  ["a long list", `${open} && !(assertion.ref in [${Array.from({ length: 300 }, (_, i) => `'${i}'`).join(",")}])`],
  ["nested extractions", `${open} && assertion.ref${many(".extract('a{x}')", 60, "")} != 'b'`],
  ["pieces of pieces", `${open} && assertion.ref${many(".split('/')[0]", 40, "")} != 'b'`],
];

describe("a hostile condition", () => {
  it.each(doors)(
    "gets an answer, and is never proved: %s",
    async (_, condition) => {
      expect(condition.length).toBeLessThanOrEqual(4096);
      const [verdict] = await verdictsOf(fitting(condition));
      expect(["violated", "unknown"]).toContain(verdict);
    },
    timeLimit,
  );

  it(
    "that contradicts itself is no proof of care: nothing is admitted, and that is said",
    async () => {
      const contradiction = `${open} && assertion.repository_id == '1'`;
      expect(await verdictsOf(contradiction, ["selective-providers"])).toEqual(["violated", "proved"]);
    },
    timeLimit,
  );

  it("without time is unknown, whatever it is", async () => {
    expect(await verdictsOf(open, ["reused-names", "selective-providers", "outsider-workflows"], 0)).not.toContain(
      "violated",
    );
    expect(await verdictsOf(open, [], 0)).toEqual(["unknown"]);
  });
});
