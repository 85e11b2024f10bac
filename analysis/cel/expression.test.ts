import { claimsToCel } from "./claims";
import { compile, type Dialect } from "./expression";
import { celTimestamp } from "./timestamp";

const dialect: Dialect = {
  name: "test",
  vocabulary: { assertion: "any", google: ["subject", "groups"] },
  characters: 4096,
};

/** The value of an expression over claims, or the problem as `error: ...`. */
function evaluate(text: string, claims: unknown = {}): unknown {
  const compilation = compile(text, dialect);
  if (!compilation.ok) return `refused: ${compilation.problem}`;
  const result = compilation.expression.evaluate({ assertion: claimsToCel(claims), google: new Map() });
  return result.ok ? result.value : `error: ${result.problem}`;
}

describe("evaluation", () => {
  it.each([
    ["assertion.sub == 'a'", { sub: "a" }, true],
    ["assertion['sub'] == \"a\"", { sub: "a" }, true],
    ["'g' in assertion.groups", { groups: ["f", "g"] }, true],
    ["assertion.l.exists(x, x.startsWith('b'))", { l: ["a", "bc"] }, true],
    ["assertion.l.all(x, x == 'a')", { l: ["a", "b"] }, false],
    ["assertion.a.b[0].c == 'd'", { a: { b: [{ c: "d" }] } }, true],
    ["assertion.sub.matches('^a+$')", { sub: "aaa" }, true],
    ["has(assertion.sub) && assertion.sub == 'a'", {}, false],
    ["assertion.x ? 'prod' : 'test'", { x: true }, "prod"],
    ["'p::' + assertion.sub", { sub: "a" }, "p::a"],
    ["assertion.arn.extract('role/{r}/')", { arn: "x:role/admin/i" }, "admin"],
    ["assertion.email.split('@')[0]", { email: "a@b" }, "a"],
    ["assertion.email.lowerAscii()", { email: "ÄA@B" }, "Äa@b"],
    ["assertion.l.join('.')", { l: ["a", "b"] }, "a.b"],
    ["assertion.l.join()", { l: ["a", "b"] }, "ab"],
    ["string(int(assertion.id))", { id: 712345678 }, "712345678"],
    ["size(assertion.l)", { l: [1, 2] }, 2n],
  ])("gives the value of %s", (text, claims, expected) => {
    expect(evaluate(text, claims)).toBe(expected);
  });

  it("looks a claim up in a map literal, and errs where it has no such key", () => {
    const text = '{"8bb3": "Workload1", "55d3": "Workload2"}[assertion.workload_id]';
    expect(evaluate(text, { workload_id: "55d3" })).toBe("Workload2");
    expect(evaluate(text, { workload_id: "none" })).toMatch(/^error: /);
    expect(evaluate(text, { workload_id: "constructor" })).toMatch(/^error: /);
  });

  it("splits as cel-go does: the last element keeps the rest", () => {
    const parts = (limit: string) => evaluate(`'a,b,c'.split(','${limit}).join('|')`);
    expect([parts(""), parts(", 2"), parts(", 1"), parts(", 0"), parts(", -1"), parts(", 9")]).toEqual([
      "a|b|c",
      "a|b,c",
      "a,b,c",
      "",
      "a|b|c",
      "a|b|c",
    ]);
    expect(evaluate("'aé😀'.split('').join('|')")).toBe("a|é|😀");
  });

  it("takes numbers for doubles: they equal integers and do not add to them", () => {
    expect(evaluate("assertion.n == 1", { n: 1 })).toBe(true);
    expect(evaluate("assertion.n + 1 == 2", { n: 1 })).toMatch(/^error: /);
    expect(evaluate("string(assertion.n)", { n: 1 })).toMatch(/^error: .*not certain/);
    expect(evaluate("timestamp(1)")).toMatch(/^error: /);
    expect(evaluate("duration(1) == duration('1s')")).toMatch(/^error: /);
  });

  it("finds claims whose value is null: they are there", () => {
    expect(evaluate("has(assertion.x)", { x: null })).toBe(true);
    expect(evaluate("!has(assertion.x)", { x: null })).toBe(false);
    expect(evaluate("'x' in assertion", { x: null })).toBe(true);
    expect(evaluate("has(assertion.x.y)", { x: { y: null } })).toBe(true);
    expect(evaluate("has(assertion.x)", {})).toBe(false);
    expect(evaluate("has(assertion.x.y)", {})).toMatch(/^error: /);
  });

  it.each(["assertion.missing == 'a'", "assertion.l[5] == 'a'", "assertion.s.nested == 'a'", "1 / 0 == 1", "'a' < 1"])(
    "reports the error of %s as an error, never as a value",
    (text) => {
      expect(evaluate(text, { l: [], s: "x" })).toMatch(/^error: /);
    },
  );

  it("sees prototype keys as the claims they are, and no others", () => {
    const claims = JSON.parse('{"__proto__": {"admin": true}, "constructor": "x"}');
    expect(evaluate("assertion['__proto__'].admin", claims)).toBe(true);
    expect(evaluate("assertion.constructor", claims)).toBe("x");
    expect(evaluate("assertion.admin", claims)).toMatch(/^error: /);
    expect(evaluate("assertion.constructor == 'x'", {})).toMatch(/^error: /);
    expect(evaluate("has(assertion.toString)", {})).toBe(false);
  });

  it("keeps to linear time in matches()", () => {
    const started = performance.now();
    expect(evaluate("assertion.s.matches('^(a+)+$')", { s: `${"a".repeat(40)}b` })).toBe(false);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe("compilation", () => {
  it.each([
    ["assertion.sub ==", "refused: "],
    ["", "refused: "],
    ["asertion.sub == 'a'", "it uses asertion, which is not known here"],
    ["google.email == 'a'", "it uses google.email, which is not known here"],
    ["google.protobuf.Timestamp{} == google.protobuf.Timestamp{}", "refused: "],
    ["google == {}", "it uses google as a whole"],
    ["google[assertion.x] == 'a'", "it uses google as a whole"],
    ["constructor == 'a'", "it uses constructor, which is not known here"],
    ["assertion.sub.upperAscii() == 'A'", "it uses upperAscii(), which Google does not offer"],
    ["assertion.sub.replace('a', 'b') == 'b'", "it uses replace(), which Google does not offer"],
    ["assertion.sub.substring(1) == 'b'", "it uses substring(), which Google does not offer"],
    ["assertion.?sub == 'b'", "refused: "],
    ["dyn(1) == 1", "it uses dyn(), which Google does not offer"],
    ["assertion.a.matches(assertion.b)", "a pattern that is not a literal"],
    ["assertion.a.exists(assertion, true)", "it takes assertion as the name of a variable"],
    ["[1].all(a, [1].all(b, true))", "it has a macro inside a macro"],
    [`${"(".repeat(65)}true${")".repeat(65)}`, "deeper than 64"],
  ])("refuses %s", (text, problem) => {
    expect(evaluate(text)).toEqual(expect.stringContaining(problem));
    expect(evaluate(text)).toMatch(/^refused: /);
  });

  it("takes 4096 characters, not 4097", () => {
    const padded = (length: number) => `true${" ".repeat(length - 4)}`;
    expect(evaluate(padded(4096))).toBe(true);
    expect(evaluate(padded(4097))).toBe("refused: it is longer than 4096 characters");
  });

  it("survives whatever fits into 4096 characters", () => {
    const hostile = [
      `${"!".repeat(4091)}true`,
      `${"-".repeat(4000)}1 == 1`,
      `true${" && true".repeat(500)}`,
      `1${"+1".repeat(2000)} == 1`,
      `assertion${".a".repeat(2000)}`,
    ];
    for (const text of hostile) expect(["boolean", "string"]).toContain(typeof evaluate(text));
  });

  it("names the fields that an expression reads, in order", () => {
    const compilation = compile("assertion.b == assertion['a'] && google.subject in assertion.l.map(x, x.y)", dialect);
    expect(compilation).toMatchObject({
      ok: true,
      expression: {
        usage: { fields: ["assertion.b", "assertion.a", "google.subject", "assertion.l"], logicalOperators: 1 },
      },
    });
  });
});

describe("claims", () => {
  it("refuses what is not JSON", () => {
    for (const value of [undefined, () => 1, Number.NaN, 1n, Symbol("s")])
      expect(() => claimsToCel({ value })).toThrow("not JSON");
  });

  it("bounds depth, number and length of what a credential brings", () => {
    let deep: unknown = "x";
    for (let level = 0; level < 32; level += 1) deep = [deep];
    expect(() => claimsToCel(deep)).not.toThrow();
    expect(() => claimsToCel([deep])).toThrow("nested deeper than 32");
    expect(() => claimsToCel(Array(4095).fill(1))).not.toThrow();
    expect(() => claimsToCel(Array(4096).fill(1))).toThrow("more than 4096 values");
    expect(() => claimsToCel("x".repeat(262_144))).not.toThrow();
    expect(() => claimsToCel("x".repeat(262_145))).toThrow("more than 262144 characters");
  });
});

describe("celTimestamp", () => {
  const hour: Dialect = { name: "hour", vocabulary: { now: "any" }, characters: 200 };

  it("makes a moment that time functions read, also in another time zone", () => {
    const compilation = compile('now < timestamp("2026-06-01T12:00:01Z") && now.getHours("Europe/Berlin") == 14', hour);
    if (!compilation.ok) throw new Error(compilation.problem);
    expect(compilation.expression.evaluate({ now: celTimestamp(new Date("2026-06-01T12:00:00Z")) })).toEqual({
      ok: true,
      value: true,
    });
  });
});
