import fc from "fast-check";
import { mappingDialect } from "../access/attribute-mapping";
import type { Provider } from "../access/federation";
import { claimsToCel } from "../cel/claims";
import { type CompiledExpression, compile } from "../cel/expression";
import { decide, type Question } from "./decide";
import { createSolver, type Solver } from "./solver";
import { truthOf } from "./symbolic-value";
import { and, type Term } from "./term";
import { conditions, tokens } from "./testing/arbitrary-expressions";
import { hasValue } from "./testing/fixed-claims";
import { translate } from "./translate";
import type { Universe } from "./universe";

/** Of an issuer of which nothing is known, so that tokens hold whatever they like. */
const provider: Provider = {
  address: "provider",
  stack: "test",
  name: "projects/1/locations/global/workloadIdentityPools/p/providers/p",
  pool: "projects/1/locations/global/workloadIdentityPools/p",
  kind: "workload",
  disabled: false,
  issuer: { kind: "oidc", issuer: "https://issuer.example", audiences: ["aud"] },
  mapping: new Map([["google.subject", "assertion.sub"]]),
};
const runs = Number(process.env["KEYLESS_FUZZ_RUNS"] ?? 25);
const timeLimit = Math.max(240_000, runs * 6000);

let solver: Solver;
beforeAll(() => {
  solver = createSolver();
});
afterAll(() => solver.close());

function compiled(condition: string): CompiledExpression {
  const compilation = compile(condition, mappingDialect);
  if (!compilation.ok) throw new Error(`${condition} is refused: ${compilation.problem}`);
  return compilation.expression;
}

function isTrue(expression: CompiledExpression, claims: unknown): boolean {
  const result = expression.evaluate({ assertion: claimsToCel(claims) });
  return result.ok && result.value === true;
}

/** Tokens for which a condition is true, and which are as `more` says. */
function question(
  expression: CompiledExpression,
  more: (universe: Universe) => Term<"Bool">,
  confirms: (claims: unknown) => boolean = (claims) => isTrue(expression, claims),
): Question {
  return {
    unseen: true,
    build: (universe) => {
      const token = universe.token("token");
      const { isTrue: holds } = truthOf(translate(universe, expression, { assertion: token.record() }));
      return { formula: and(holds, more(universe)), tokens: [{ token, provider }] };
    },
    confirms: ([token]) => token !== undefined && confirms(token.credential.claims),
  };
}

describe("the solver's answers", () => {
  it(
    "never deny a token that the evaluator admits, and show none that it refuses",
    async () => {
      const counts = { none: 0, found: 0, undecided: 0 };
      await fc.assert(
        fc.asyncProperty(conditions, fc.array(tokens, { minLength: 40, maxLength: 40 }), async (condition, samples) => {
          const expression = compiled(condition);
          const decision = await decide(
            question(expression, () => and()),
            { solver, milliseconds: 20_000 },
          );
          counts[decision.kind] += 1;
          if (decision.kind === "found")
            expect(decision.tokens.map(({ credential }) => isTrue(expression, credential.claims))).toEqual([true]);
          if (decision.kind === "none")
            for (const claims of samples)
              if (isTrue(expression, claims)) throw new Error(`${condition} is true of ${JSON.stringify(claims)}`);
        }),
        { numRuns: runs },
      );
      // Most are decided, in both ways: a solver that always said "undecided" would agree as well.
      expect(counts.found).toBeGreaterThan(counts.undecided);
      expect(counts.none).toBeGreaterThan(0);
    },
    timeLimit,
  );

  it(
    "are the evaluator's for one token, or open",
    async () => {
      let agreed = 0;
      await fc.assert(
        fc.asyncProperty(conditions, tokens, async (condition, claims) => {
          const expression = compiled(condition);
          const asked = question(
            expression,
            (universe) => hasValue(universe.token("token"), claims),
            () => isTrue(expression, claims),
          );
          const decision = await decide(asked, { solver, milliseconds: 20_000 });
          if (decision.kind === "undecided") return;
          agreed += 1;
          if ((decision.kind === "found") !== isTrue(expression, claims))
            throw new Error(`${condition} of ${JSON.stringify(claims)}: ${decision.kind}`);
        }),
        { numRuns: runs },
      );
      expect(agreed).toBeGreaterThan(runs / 3);
    },
    timeLimit,
  );
});
