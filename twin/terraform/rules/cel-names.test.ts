import { rootNames } from "./cel-names";

const names = (expression: string) => rootNames(expression).map(({ name }) => name);

describe("the names that a CEL expression reads", () => {
  it.each([
    ["assertion.sub == 'x'", ["assertion"]],
    ["assertion . google . attribute", ["assertion"]],
    ['assertion["google.subject"] == google.subject', ["assertion", "google"]],
    ["has(assertion.x) && size(attribute.y) > 0", ["assertion", "attribute"]],
    ["'assertion.sub' + \"google.x\"", []],
    ["r'\\' + assertion.x", ["assertion"]],
    ["'it\\'s assertion.x'", []],
    ["'''a ' assertion.b''' == \"\"\"\nassertion\"\"\"", []],
    ["true && false || null in [1] // assertion.x", []],
    ["assertion.roles.exists(r, r == 'a') && r == 'b'", ["assertion"]],
    ["// it's\nassertion.x == '// no comment' + google.y", ["assertion", "google"]],
    ["a.b(c)", ["a", "c"]],
    ["", []],
  ])("of %s", (expression, expected) => {
    expect(names(expression)).toEqual(expected);
  });

  it("come with their places", () => {
    expect(rootNames("'é' == assertion.x")).toEqual([{ name: "assertion", column: 8 }]);
  });

  it("are found in hostile text of ten times the length that Google allows", () => {
    // Backtracking in any of these takes longer than a test may.
    for (const hostile of [
      "'".repeat(50_001),
      "a.exists(".repeat(5_000),
      "\\'".repeat(20_000),
      `${" ".repeat(50_000)}x`,
    ])
      names(hostile);
  }, 30_000);
});
