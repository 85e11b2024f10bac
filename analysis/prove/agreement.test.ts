import fc from "fast-check";
import { mappingDialect } from "../access/attribute-mapping";
import { claimsToCel } from "../cel/claims";
import { type CompiledExpression, compile } from "../cel/expression";
import { truthOf } from "./symbolic-value";
import { conditions, tokens } from "./testing/arbitrary-expressions";
import { assignmentOf, valueIn } from "./testing/evaluate-term";
import { translate } from "./translate";
import { Universe } from "./universe";

/** Elements that the lists of the random tokens have at most. */
const listLength = 3;

function evaluated(expression: CompiledExpression, claims: unknown): string {
  const result = expression.evaluate({ assertion: claimsToCel(claims) });
  return result.ok && typeof result.value === "boolean" ? String(result.value) : "error";
}

/** What the solver is told of an expression, with lists long enough for the random tokens. */
function told(expression: CompiledExpression) {
  const sizes = new Map<string, number>();
  const build = () => {
    const universe = new Universe(sizes);
    const token = universe.token("token");
    return { universe, token, truth: truthOf(translate(universe, expression, { assertion: token.record() })) };
  };
  for (;;) {
    const built = build();
    // The random lists hold no lists.
    const needed = [...built.universe.listNeeds].map(([path, need]): [string, number] => [
      path,
      path.endsWith("]") ? need : Math.max(need, listLength),
    ]);
    const short = needed.filter(([path, need]) => need > (sizes.get(path) ?? 0));
    if (short.length === 0) return built;
    for (const [path, need] of short) sizes.set(path, need);
  }
}

/** The same in the solver's terms: `open` where a part is left to the solver. */
function solved(expression: CompiledExpression, claims: unknown): { readonly outcome: string; readonly said: string } {
  const { token, truth, universe } = told(expression);
  const assignment = assignmentOf(token, claims);
  const [isTrue, isFalse] = [valueIn(truth.isTrue, assignment), valueIn(truth.isFalse, assignment)];
  const said = `true: ${isTrue}, false: ${isFalse}; not told: ${universe.untranslated.join(", ")}`;
  if (isTrue === true) return { outcome: isFalse === true ? "both" : "true", said };
  if (isFalse === true) return { outcome: "false", said };
  return { outcome: isTrue === false && isFalse === false ? "error" : "open", said };
}

describe("evaluator and solver", () => {
  it("agree on random conditions and tokens, errors included, or the solver was not told a part", () => {
    let [agreed, open] = [0, 0];
    fc.assert(
      fc.property(conditions, fc.array(tokens, { minLength: 3, maxLength: 3 }), (condition, samples) => {
        const compilation = compile(condition, mappingDialect);
        if (!compilation.ok) throw new Error(`${condition} is refused: ${compilation.problem}`);
        for (const claims of samples) {
          const expected = evaluated(compilation.expression, claims);
          const { outcome, said } = solved(compilation.expression, claims);
          if (outcome === "open") {
            open += 1;
            const excluded = said.includes(`${expected}: false`);
            if (excluded) throw new Error(`${condition} of ${JSON.stringify(claims)} is ${expected}; ${said}`);
          } else if (outcome === expected) agreed += 1;
          else throw new Error(`${condition} of ${JSON.stringify(claims)} is ${expected}; ${said}`);
        }
      }),
      { numRuns: Number(process.env["KEYLESS_FUZZ_RUNS"] ?? 400) },
    );
    expect(agreed).toBeGreaterThan(open);
  }, 120_000);
});
