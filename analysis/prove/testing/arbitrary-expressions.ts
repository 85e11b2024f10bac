import fc from "fast-check";

/** Random conditions over few claims and few texts, so that they often mean something, and random tokens for them. */

const texts = ["", "a", "b", "ab", "a/b", "refs/heads/main", "refs/pull/1", "repo:a/b:ref", "😀é", "A", "a\nb", "K"];
const claims = ["s", "t", "l", "m", "n", "f"];

const text = fc.constantFrom(...texts);
const quoted = text.map((value) => JSON.stringify(value));
const claim = fc.constantFrom(...claims).map((name) => `assertion.${name}`);
const pattern = fc.constantFrom(
  "^a",
  "b$",
  "^a+$",
  "a|b",
  "(?i)^AB",
  "[^/]+/b",
  "^refs/(heads|tags)/.+$",
  "^.$",
  "\\d",
  "a{2,3}",
  "^(a|b$)",
  "^a.b$",
  "(?s)^a.b$",
  "\\Aa\\z",
  "(?i)k",
  "^[\\w/]*$",
  "^\\S+$",
  "a$|^",
  "(",
);
const template = fc.constantFrom("{x}", "a{x}", "{x}/", "repo:{x}:", "/{x}/", "{x", "refs/{y}/");

type Tied = Record<"textual" | "list" | "any" | "truth", string>;

const oneOf = (...choices: readonly fc.MaybeWeightedArbitrary<string>[]): fc.Arbitrary<string> =>
  fc.oneof({ depthSize: "small", withCrossShrink: true }, ...choices);

const grammar = fc.letrec<Tied>((tie) => ({
  textual: oneOf(
    { weight: 4, arbitrary: fc.constantFrom("assertion.s", "assertion.t", 'assertion["s"]', "assertion.m.k") },
    { weight: 3, arbitrary: quoted },
    { weight: 2, arbitrary: claim },
    fc.tuple(tie("textual"), tie("textual")).map(([a, b]) => `(${a} + ${b})`),
    fc.tuple(tie("textual"), template).map(([a, b]) => `${a}.extract(${JSON.stringify(b)})`),
    fc.tuple(tie("textual"), fc.constantFrom("/", ":")).map(([a, b]) => `${a}.split("${b}")[1]`),
    fc.tuple(tie("truth"), tie("textual"), tie("textual")).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    fc.tuple(quoted, tie("textual")).map(([a, b]) => `{"a": ${a}, "b": "x"}[${b}]`),
    fc.constantFrom("assertion.l[0]", "assertion.l[1]", '["a", "b"][1]', "string(assertion.f)", "string(1)"),
  ),
  list: oneOf(
    { weight: 3, arbitrary: fc.constantFrom("assertion.l", "assertion.m", "assertion.s", "assertion") },
    fc.array(tie("textual"), { maxLength: 3 }).map((items) => `[${items.join(", ")}]`),
  ),
  any: oneOf(tie("textual"), claim, fc.constantFrom("1", "1.5", "true", "null", "-2"), tie("list"), tie("truth")),
  truth: oneOf(
    {
      weight: 4,
      arbitrary: fc
        .tuple(tie("textual"), fc.constantFrom("==", "!="), tie("textual"))
        .map(([a, o, b]) => `${a} ${o} ${b}`),
    },
    fc.tuple(tie("any"), fc.constantFrom("==", "!="), tie("any")).map(([a, o, b]) => `(${a}) ${o} (${b})`),
    fc
      .tuple(tie("textual"), fc.constantFrom("startsWith", "endsWith", "contains"), tie("textual"))
      .map(([a, f, b]) => `${a}.${f}(${b})`),
    fc.tuple(tie("textual"), pattern).map(([a, p]) => `${a}.matches(${JSON.stringify(p)})`),
    fc.tuple(tie("any"), tie("list")).map(([a, b]) => `((${a}) in ${b})`),
    fc.tuple(text, tie("textual")).map(([a, b]) => `(${JSON.stringify(a)} in ${b}.split("/"))`),
    fc
      .tuple(fc.constantFrom("s", "l", "m", "m.k", "x"), fc.boolean())
      .map(([a, n]) => `${n ? "!" : ""}has(assertion.${a})`),
    fc.tuple(tie("truth"), tie("truth")).map(([a, b]) => `(${a} && ${b})`),
    fc.tuple(tie("truth"), tie("truth")).map(([a, b]) => `(${a} || ${b})`),
    tie("truth").map((a) => `!(${a})`),
    fc.tuple(tie("truth"), tie("truth"), tie("truth")).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    fc
      .tuple(tie("list"), fc.constantFrom("exists", "all", "exists_one"), quoted)
      .map(([l, m, q]) => `${l}.${m}(x, x == ${q} || x.startsWith(${q}))`),
    fc
      .tuple(
        fc.constantFrom("assertion.l", "assertion.s", "assertion.m", "assertion.n"),
        fc.constantFrom("<", ">=", "=="),
        fc.nat(3),
      )
      .map(([l, o, n]) => `size(${l}) ${o} ${n}`),
    fc.tuple(claim, fc.constantFrom("<", ">="), fc.constantFrom("1", "2.5")).map(([a, o, b]) => `${a} ${o} ${b}`),
    fc.constantFrom("true", "false", "assertion.f", "assertion.f == true", "assertion.n == 1", "assertion.s"),
  ),
}));

/** CEL that should be true or false, and often errs. */
export const conditions: fc.Arbitrary<string> = grammar.truth;

const scalar = fc.oneof(
  { weight: 4, arbitrary: text },
  fc.boolean(),
  fc.constantFrom(0, 1, 2.5, -2),
  fc.constant(null),
);

/** Claims of a token. */
export const tokens: fc.Arbitrary<Record<string, unknown>> = fc.record(
  {
    s: fc.oneof({ weight: 5, arbitrary: text }, scalar, fc.constant({ k: "a" }), fc.constant(["a"])),
    t: fc.oneof({ weight: 5, arbitrary: text }, scalar),
    l: fc.oneof({ weight: 5, arbitrary: fc.array(scalar, { maxLength: 3 }) }, scalar, fc.constant({ a: 1 })),
    m: fc.oneof({ weight: 5, arbitrary: fc.record({ k: scalar, a: scalar }, { requiredKeys: [] }) }, scalar),
    n: fc.oneof(fc.constantFrom(0, 1, 2.5, -2), scalar),
    f: fc.oneof(fc.boolean(), scalar),
  },
  { requiredKeys: [] },
);
