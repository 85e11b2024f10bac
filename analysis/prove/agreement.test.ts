import fc from "fast-check";
import { mappingDialect } from "../access/attribute-mapping";
import { claimsToCel } from "../cel/claims";
import { type CompiledExpression, compile } from "../cel/expression";
import { kindDeclaration } from "./claim-variable";
import { createSolver, type SolverAnswer } from "./solver";
import { abstractTexts } from "./strings/abstraction";
import { truthOf } from "./symbolic-value";
import { no, scriptOf, type Term } from "./term";
import { conditions, tokens } from "./testing/arbitrary-expressions";
import { hasValue } from "./testing/fixed-claims";
import { betweenDefinition } from "./text-terms";
import { translate } from "./translate";
import { Universe } from "./universe";

const solver = createSolver();
afterAll(() => solver.close());

const outcomes = ["true", "false", "error"] as const;
type Outcome = (typeof outcomes)[number];

function evaluated(expression: CompiledExpression, claims: unknown): Outcome {
  const result = expression.evaluate({ assertion: claimsToCel(claims) });
  return result.ok && typeof result.value === "boolean" ? (result.value ? "true" : "false") : "error";
}

/** What the solver holds possible for one token, and what of the expression it was not told. */
async function possible(expression: CompiledExpression, claims: Record<string, unknown>) {
  const sizes = new Map<string, number>();
  const build = () => {
    const universe = new Universe(sizes, { limits: true });
    const token = universe.token("token");
    const { isTrue, isFalse } = truthOf(translate(universe, expression, { assertion: token.record() }));
    return { universe, token, terms: { true: isTrue, false: isFalse } };
  };
  // As long as the token's own lists, and as long as the expression asks for.
  for (let round = 0; round < 6; round += 1) {
    const { universe } = build();
    for (const [path, need] of universe.listNeeds) sizes.set(path, Math.max(need, 3, sizes.get(path) ?? 0));
  }
  const { universe, token, terms } = build();
  const given = [...universe.constraints, hasValue(token, claims)];
  const ask = async (term: Term<"Bool">): Promise<SolverAnswer["kind"]> => {
    if ([...given, term].includes(no)) return "none";
    const { assertions } = abstractTexts([...given, term], [], new Map());
    return (await solver.solve(`${kindDeclaration}\n${betweenDefinition}\n${scriptOf(assertions, [])}`, 5000)).kind;
  };
  return { isTrue: await ask(terms.true), isFalse: await ask(terms.false), untranslated: universe.untranslated };
}

describe("evaluator and solver", () => {
  it("agree on random conditions and tokens, or the solver was not told a part", async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(conditions, tokens, async (condition, claims) => {
        const compilation = compile(condition, mappingDialect);
        if (!compilation.ok) return;
        const outcome = evaluated(compilation.expression, claims);
        const { isTrue, isFalse, untranslated } = await possible(compilation.expression, claims);
        const said = `${condition} of ${JSON.stringify(claims)}: ${outcome}; solver: true ${isTrue}, false ${isFalse}; ${untranslated}`;
        const possibleOutcomes = [...(isTrue === "none" ? [] : ["true"]), ...(isFalse === "none" ? [] : ["false"])];
        // What happens has to be possible; where all was translated, nothing else is.
        if (outcome !== "error" && !possibleOutcomes.includes(outcome)) throw new Error(said);
        if (untranslated.length > 0 || isTrue === "undecided" || isFalse === "undecided") return;
        compared += 1;
        if (possibleOutcomes.join() !== (outcome === "error" ? "" : outcome)) throw new Error(said);
      }),
      { numRuns: Number(process.env["KEYLESS_FUZZ_RUNS"] ?? 250) },
    );
    expect(compared).toBeGreaterThan(100);
  }, 240_000);
});
