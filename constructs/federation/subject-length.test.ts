import { worstCaseBytes } from "./subject-length";

const bytes = { sub: 60, id: 20, "kubernetes.io.uid": 36 };

describe("the longest google.subject", () => {
  it.each<[string, number]>([
    ["assertion.sub", 60],
    ["'project:' + assertion.id", 28],
    ["assertion.id + ':' + assertion.id", 41],
    ["assertion.sub.extract('/sc/{connection}')", 60],
    ["assertion['kubernetes.io'].uid", 36],
    ["assertion['kubernetes.io']['uid']", 36],
    ["'é\\u00E9\\U0001F600'", 8],
  ])("of %s is %d bytes", (expression, expected) => {
    expect(worstCaseBytes(expression, bytes)).toBe(expected);
  });

  it.each([
    "assertion.name",
    "assertion.sub.extract('{a}') + assertion.name",
    "assertion.constructor",
    "google.subject",
    "assertion.sub - 'a'",
    "assertion.sub +",
    "assertion.sub.lowerAscii()",
    "assertion.id == '1' ? assertion.id : assertion.sub",
    "'unterminated",
    "",
  ])("of %j is not guessed", (expression) => {
    expect(typeof worstCaseBytes(expression, bytes)).toBe("string");
  });
});
