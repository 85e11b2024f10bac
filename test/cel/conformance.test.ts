import type { CelInput } from "@bufbuild/cel";
import {
  getConformanceSuite,
  type IncrementalTest,
  type IncrementalTestSuite,
} from "@bufbuild/cel-spec/testdata/tests.js";
import { compile } from "../../analysis/cel/expression";
import { notOffered, otherwiseHere } from "./conformance-skips";
import { expectedText, inputOf, textOf } from "./spec-values";

/** The conformance tests of the CEL specification, each with the folder and section that it stands in. */
function* testsIn(
  suite: IncrementalTestSuite,
  path: readonly string[] = [],
): Generator<readonly [string, IncrementalTest]> {
  for (const inner of suite.suites) yield* testsIn(inner, [...path, inner.name]);
  for (const test of suite.tests) yield [path.join("/"), test];
}

type Outcome = "agrees" | "without claims" | { readonly refused: string } | { readonly wrong: string };

/** The value, or the kind of error; undefined where it is a message. */
function expectation(matcher: IncrementalTest["original"]["resultMatcher"]): string | undefined {
  switch (matcher.case) {
    case "value":
      return expectedText(matcher.value);
    case "typedResult":
      return expectedText(matcher.value.result);
    case undefined:
      // Without a matcher the specification means true.
      return "bool true";
    default:
      return "evalError";
  }
}

/** Runs a test as an attribute condition over its own variables. */
function outcomeOf({ original }: IncrementalTest): Outcome {
  const { expr, bindings, resultMatcher, container, disableMacros, checkOnly, typeEnv } = original;
  const given = Object.entries(bindings).map(([name, { kind }]) => {
    const input = kind.case === "value" ? inputOf(kind.value) : undefined;
    return [name, input] as const;
  });
  // Messages, containers and checking alone have no counterpart in claims.
  if (checkOnly || disableMacros || container !== "" || given.some(([, input]) => input === undefined))
    return "without claims";
  const expected = expectation(resultMatcher);
  if (expected === undefined) return "without claims";
  const names = [...given.map(([name]) => name), ...typeEnv.map(({ name }) => name)];
  const vocabulary = Object.fromEntries(names.map((name) => [name, "any" as const]));
  // The name keeps expressions of different variables apart.
  const compilation = compile(expr, { name: `conformance ${names.join(" ")}`, vocabulary, characters: 4096 });
  if (!compilation.ok) return { refused: compilation.problem };
  const variables: Record<string, CelInput> = Object.fromEntries(
    given.map(([name, input]) => [name, input?.input ?? null]),
  );
  const result = compilation.expression.evaluate(variables);
  const found = result.ok ? (textOf(result.value) ?? "a message") : "evalError";
  return found === expected ? "agrees" : { wrong: `${expr} gives ${found}, expected ${expected}` };
}

const results = [...testsIn(getConformanceSuite())].map(([section, test]) => ({
  name: `${section}/${test.name}`,
  section,
  outcome: outcomeOf(test),
}));

describe("the conformance suite of CEL", () => {
  it("is there", () => {
    expect(results.length).toBeGreaterThan(2000);
    expect(results.filter(({ outcome }) => outcome === "agrees").length).toBeGreaterThan(850);
  });

  it("gives no other value than CEL's, but in what is listed with the reason", () => {
    const wrong = results.flatMap(({ name, outcome }) =>
      typeof outcome === "object" && "wrong" in outcome && !otherwiseHere.has(name)
        ? [`${name}: ${outcome.wrong}`]
        : [],
    );
    expect(wrong).toEqual([]);
  });

  it("is refused nothing but what Google does not offer, or what costs too much", () => {
    const refused = results.flatMap(({ name, outcome }) =>
      typeof outcome === "object" &&
      "refused" in outcome &&
      !notOffered.some(([reason]) => reason.test(outcome.refused))
        ? [`${name}: ${outcome.refused}`]
        : [],
    );
    expect(refused).toEqual([]);
  });

  it("needs every line of both lists", () => {
    const outcomes = results.map(({ outcome }) => outcome).filter((outcome) => typeof outcome === "object");
    const refusals = outcomes.flatMap((outcome) => ("refused" in outcome ? [outcome.refused] : []));
    expect(notOffered.filter(([reason]) => !refusals.some((problem) => reason.test(problem)))).toEqual([]);
    const wrong = results.flatMap(({ name, outcome }) =>
      typeof outcome === "object" && "wrong" in outcome ? [name] : [],
    );
    expect([...otherwiseHere.keys()].filter((name) => !wrong.includes(name))).toEqual([]);
  });
});

describe("functions of CEL's extensions", () => {
  it.each([
    "'a'.upperAscii()",
    "'a'.replace('a', 'b')",
    "'abc'.substring(1)",
    "'abc'.indexOf('b')",
    "'abc'.lastIndexOf('b')",
    "'abc'.charAt(1)",
    "' a '.trim()",
    "'ab'.reverse()",
    "strings.quote('a')",
    "'%s'.format(['a'])",
    "math.greatest(1, 2)",
    "math.abs(-1)",
    "base64.encode(b'a')",
    "base64.decode('YQ==')",
    "cel.bind(x, 1, x)",
    "optional.of(1)",
    "[1, 2].sort()",
    "[[1]].flatten()",
    "sets.contains([1], [1])",
    "dyn(1)",
  ])("refuses %s, which Google does not offer", (expression) => {
    expect(compile(expression, { name: "extensions", vocabulary: {}, characters: 4096 })).toMatchObject({ ok: false });
  });
});
