import {
  buildAccessModel,
  createSolver,
  evaluateExchange,
  type Finding,
  type Invariant,
  prove,
  resolveUnapplied,
  type Solver,
  UnresolvedValues,
} from "../../analysis";
import { github } from "./cases/github";
import { otherIssuers } from "./cases/other-issuers";
import { type Federation, terraformOf } from "./federation";

const cases = [...github, ...otherIssuers];
const timeLimit = 120_000;

let solver: Solver;
beforeAll(() => {
  solver = createSolver();
});
afterAll(() => solver.close());

const resourcesOf = (federation: Federation) => resolveUnapplied(terraformOf(federation), "ci", new UnresolvedValues());

function findings(federation: Federation, builtIns: readonly string[] | undefined, invariants: readonly Invariant[]) {
  return prove({
    resources: resourcesOf(federation),
    environments: [{ environment: "ci", invariants }],
    solver,
    milliseconds: 30_000,
    ...(builtIns === undefined ? {} : { builtIns }),
  });
}

/** Many mistakes have the same remedy, which is asked about once. */
const remedied = new Map<string, Promise<readonly Finding[]>>();
function findingsOfRemedy(remedy: Federation, declared: readonly Invariant[]): Promise<readonly Finding[]> {
  const key = JSON.stringify([remedy, declared]);
  const known = remedied.get(key) ?? findings(remedy, undefined, declared);
  remedied.set(key, known);
  return known;
}

describe("misconfigurations that were made in the open", () => {
  it("are enough, each with its source and its own title", () => {
    expect(cases.length).toBeGreaterThan(35);
    expect(new Set(cases.map(({ title }) => title)).size).toBe(cases.length);
    for (const { source } of cases) expect(source).toMatch(/^https:\/\//);
  });

  it.each(cases)(
    "$title",
    async ({ violates, mistake, remedy }) => {
      const builtIn = typeof violates === "string" ? [violates] : [];
      const declared = typeof violates === "string" ? [] : [violates];
      const [finding, ...others] = await findings(mistake, builtIn, declared);
      expect(others).toEqual([]);
      expect(finding?.verdict).toMatchObject({ verdict: "violated" });
      if (finding?.verdict.verdict !== "violated") return;
      // Each counterexample is admitted by the evaluator, which knows nothing of the solver.
      const model = buildAccessModel(resourcesOf(mistake));
      for (const { audience, credential, identity } of finding.verdict.counterexamples)
        expect(evaluateExchange(model, audience, credential)).toMatchObject({ admitted: true, identity });
      expect(finding.verdict.counterexamples.length > 0 || /admits nothing/.test(finding.verdict.explanation)).toBe(
        true,
      );

      const notProved = (await findingsOfRemedy(remedy, declared)).filter(
        ({ verdict }) => verdict.verdict !== "proved",
      );
      expect(notProved).toEqual([]);
    },
    timeLimit,
  );
});
