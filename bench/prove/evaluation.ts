import { celEnv, parse, plan } from "@bufbuild/cel";
import { conditionDialect } from "../../analysis/access/attribute-condition";
import { claimsToCel } from "../../analysis/cel/claims";
import { compile } from "../../analysis/cel/expression";
import { type Contender, measureInTurn } from "../measure";
import type { Row } from "../report";

/** Conditions as providers have them, and the claims of a token for which all but the last are true. */
const conditions = [
  "assertion.repository_id == '712345678' && assertion.repository_owner_id == '58213377' && assertion.ref.startsWith('refs/heads/') && assertion.event_name in ['push', 'workflow_dispatch', 'schedule']",
  "assertion.sub.matches('^repo:ailab/[a-z-]+:ref:refs/heads/(main|release)$')",
  "has(assertion.environment) && assertion.environment == 'prod' || assertion.ref == 'refs/heads/main'",
  "'Gcp.Federate' in assertion.roles && assertion.roles.exists(role, role.endsWith('Federate'))",
  "assertion.repository_id == '1' || assertion.actor == 'nobody'",
];
const claims = {
  sub: "repo:ailab/data-platform:ref:refs/heads/main",
  repository_id: "712345678",
  repository_owner_id: "58213377",
  ref: "refs/heads/main",
  event_name: "push",
  actor: "somebody",
  roles: ["Reader", "Gcp.Federate"],
};
const repetitions = 4000;

/** Evaluations a second, ours and bare, of the same expressions on the same values. */
export async function evaluationRows(rounds: number, progress: (text: string) => void): Promise<readonly Row[]> {
  const assertion = claimsToCel(claims);
  const environment = celEnv();
  const bare = conditions.map((condition) => plan(environment, parse(condition)));
  const ours = conditions.map((condition) => {
    const compilation = compile(condition, conditionDialect);
    if (!compilation.ok) throw new Error(compilation.problem);
    return compilation.expression;
  });
  const expected = [true, true, true, true, false];
  for (const [index, value] of expected.entries()) {
    const mine = ours[index]?.evaluate({ assertion });
    if (bare[index]?.({ assertion }) !== value || mine?.ok !== true || mine.value !== value)
      throw new Error(`evaluations of condition ${index + 1} differ`);
  }
  const contenders: readonly Contender[] = [
    {
      name: "ours",
      sample: () =>
        timed(() => {
          for (const one of ours) one.evaluate({ assertion });
        }),
    },
    {
      name: "bare @bufbuild/cel",
      sample: () =>
        timed(() => {
          for (const one of bare) one({ assertion });
        }),
    },
  ];
  const measured = await measureInTurn(contenders, rounds, progress);
  const perSecond = measured.map(
    ({ medianMilliseconds }) => (repetitions * conditions.length * 1000) / medianMilliseconds,
  );
  const [own = 0, theirs = 0] = perSecond;
  return [
    {
      name: "evaluations, ours",
      median: own,
      unit: "1/s",
      ratio: { to: "bare @bufbuild/cel", value: own / theirs, target: "at least 0.7" },
    },
    { name: "evaluations, bare @bufbuild/cel", median: theirs, unit: "1/s" },
  ];
}

function timed(work: () => void): number {
  const started = performance.now();
  for (let repetition = 0; repetition < repetitions; repetition += 1) work();
  return performance.now() - started;
}
