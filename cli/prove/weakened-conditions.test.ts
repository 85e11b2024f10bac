import { createSolver, prove, resolveUnapplied, type Solver, UnresolvedValues } from "../../analysis";
import { loadEnvironments } from "../environments";
import { synthesize } from "../start/synthesize";
import { claimsOf } from "./environment-claims";

const timeLimit = 600_000;

/** A comparison that a condition of the environments is made of. */
const comparison =
  /assertion\.\w+ (?:==|in) (?:'[^']*'|true|\[[^\]]*\])|'[^']*' in assertion\.\w+|assertion\.\w+\.startsWith\('[^']*'\)/g;

/** Comparisons that may go without letting anybody else in, and why. */
const sayTheSame: readonly (readonly [RegExp, string])[] = [
  [/^assertion\.tid ==/, "Entra's issuer names the tenant"],
  [/^assertion\.ver ==/, "Entra's issuer tells the version"],
  [/^assertion\.account ==/, "the provider names the AWS account"],
  [/^assertion\.arn\.startsWith/, "the binding names the role, which is mapped from the ARN"],
  [/^assertion\.(?:oid|azp) == '\$/, "the binding names the service principal's object id, which is mapped"],
  [/^assertion\.repository_id ==/, "the bindings name the repository's id, which is mapped"],
  [/^assertion\.sub == '[0-9]+'/, "the binding names the person's id, which is mapped"],
  [/^assertion\.ref_type ==/, "a ref that begins with refs/heads/ is a branch"],
];

interface Mutant {
  readonly environment: "dev" | "staging" | "prod";
  readonly provider: string;
  readonly part: string;
  readonly text: string;
}

let stacks: Awaited<ReturnType<typeof synthesize>>;
let solver: Solver;
beforeAll(async () => {
  solver = createSolver();
  solver.start();
  stacks = await synthesize();
}, timeLimit);
afterAll(() => solver.close());

/** The stack once for each comparison of each condition, with `true` in its place. */
function mutantsOf(environment: Mutant["environment"], chosen: RegExp): readonly Mutant[] {
  const text = stacks.find(({ stack }) => stack === environment)?.text ?? "";
  return [...text.matchAll(/"attribute_condition": "((?:[^"\\]|\\.)*)"/g)].flatMap((found) => {
    const [, condition = ""] = found;
    const before = text.slice(0, found.index);
    const provider = [...before.matchAll(/"([\w-]+_provider_[0-9A-F]{8})": \{/g)].at(-1)?.[1] ?? "";
    if (!chosen.test(provider)) return [];
    return [...condition.matchAll(comparison)].map((part): Mutant => {
      const weak = `${condition.slice(0, part.index)}true${condition.slice(part.index + part[0].length)}`;
      const start = found.index + found[0].indexOf(condition);
      return {
        environment,
        provider,
        part: part[0],
        text: text.slice(0, start) + weak + text.slice(start + condition.length),
      };
    });
  });
}

async function isNoticed({ environment, text }: Mutant): Promise<boolean> {
  const unresolved = new UnresolvedValues();
  const findings = await prove({
    resources: resolveUnapplied(text, environment, unresolved),
    builtIns: ["foreign-tenants", "selective-providers"],
    environments: [claimsOf(loadEnvironments()[environment])],
    milliseconds: 60_000,
    inputsIn: (value) => unresolved.inputsIn(value),
    solver,
  });
  return findings.some(({ verdict }) => verdict.verdict === "violated");
}

describe("a condition of the environments that is weakened", () => {
  it.each([
    ["dev", /./, 18],
    // What is declared alike in all environments is looked at once.
    ["staging", /^github/, 3],
    ["prod", /^google-workspace/, 3],
  ] as const)(
    "in %s is noticed, whichever of its comparisons is left out",
    async (environment, chosen, least) => {
      const mutants = mutantsOf(environment, chosen).filter(
        ({ part }) => !sayTheSame.some(([same]) => same.test(part)),
      );
      expect(mutants.length).toBeGreaterThanOrEqual(least);
      const survivors: string[] = [];
      for (const mutant of mutants) {
        if (!(await isNoticed(mutant))) survivors.push(`${mutant.provider}: ${mutant.part}`);
      }
      expect(survivors).toEqual([]);
    },
    timeLimit,
  );
});
