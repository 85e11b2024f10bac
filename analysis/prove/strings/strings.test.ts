import fc from "fast-check";
import { languageOfMatches } from "../regular-expression";
import { type Term, text, variable } from "../term";
import {
  accepted,
  beginsWith,
  endsWith,
  holds,
  longerThan,
  type Machine,
  ofPartBetween,
  oneOf,
  pointsOf,
  surrounded,
} from "./machine";
import { partition } from "./partition";
import { splitBetween } from "./split";

const words = fc.constantFrom("", "a", "b", "ab", "aab", "a/b", "/", "repo:", "ä😀", "aba");
const texts = fc
  .array(fc.constantFrom("a", "b", "/", ":", "ab", "repo:", "😀", "x"), { maxLength: 6 })
  .map((parts) => parts.join(""));
const patterns = fc.constantFrom("^a", "b$", "^(a|b)+$", "ab|ba", "[^/]+/b", "(?i)A.B", "^a{2,3}$", ".");

const plain: fc.Arbitrary<Machine> = fc.oneof(
  words.map(beginsWith),
  words.map(endsWith),
  words.map(holds),
  fc.array(words, { maxLength: 3 }).map((literals) => oneOf([...new Set(literals)])),
  fc.nat(4).map(longerThan),
  patterns.map((pattern) => {
    const { machine } = languageOfMatches(pattern);
    if (machine === undefined) throw new Error(`${pattern} has no machine`);
    return machine;
  }),
);
const machines: fc.Arbitrary<Machine> = fc.oneof(
  { weight: 3, arbitrary: plain },
  fc.tuple(words, words, plain).map(([before, after, inner]) => surrounded(before, after, inner)),
  fc.tuple(words, words, plain).map(([prefix, suffix, inner]) => ofPartBetween(prefix, suffix, inner)),
);

const outputOf = (machine: Machine, of: string): string =>
  machine.output(pointsOf(of).reduce((state, point) => machine.step(state, point), machine.start));

/** A formula of a split, where the variables have these values. */
function holdsOf(term: Term, values: Readonly<Record<string, string>>): boolean {
  if (typeof term.literal === "boolean") return term.literal;
  if (term.text === "and") return term.args.every((part) => holdsOf(part, values));
  if (term.text === "or") return term.args.some((part) => holdsOf(part, values));
  if (term.text === "not") return !term.args.some((part) => holdsOf(part, values));
  const { machine, drivenTo, args } = term;
  if (term.text !== "drives" || machine === undefined) throw new Error(`${term.text} was not expected`);
  return outputOf(machine, values[args[0]?.text ?? ""] ?? "") === drivenTo;
}

describe("a text that is made of several", () => {
  it("is said to be accepted, part by part, exactly where the whole is", () => {
    const [x, y] = [variable("String", "x"), variable("String", "y")];
    let decided = 0;
    fc.assert(
      fc.property(
        plain,
        words,
        words,
        fc.array(fc.tuple(texts, texts), { minLength: 8, maxLength: 8 }),
        (machine, middle, end, values) => {
          const formula = splitBetween([x, text(middle), y, text(end)], machine);
          if (formula === undefined) return;
          decided += 1;
          for (const [a, b] of values)
            expect([machine.name, a, b, holdsOf(formula, { x: a, y: b })]).toEqual([
              machine.name,
              a,
              b,
              outputOf(machine, a + middle + b + end) === accepted,
            ]);
        },
      ),
      { numRuns: 150 },
    );
    expect(decided).toBeGreaterThan(100);
  });

  it("may hold the same variable twice", () => {
    const x = variable("String", "x");
    const formula = splitBetween([x, x], oneOf(["abab"]));
    expect(["ab", "a", "abab", ""].map((value) => formula && holdsOf(formula, { x: value }))).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it("is left whole where the machine has too many states", () => {
    const long = "a".repeat(200);
    expect(splitBetween([variable("String", "x"), variable("String", "y")], holds(long))).toBeUndefined();
  });
});

describe("the classes of texts", () => {
  it("are told apart by the machines as their texts say, and every text is in one", () => {
    fc.assert(
      fc.property(
        fc.array(machines, { minLength: 1, maxLength: 3 }),
        fc.array(texts, { minLength: 6, maxLength: 6 }),
        (chosen, samples) => {
          const classes = partition(chosen, 2);
          if (classes === undefined) return;
          for (const { outputs, texts: own } of classes)
            for (const one of own) expect(chosen.map((machine) => outputOf(machine, one))).toEqual(outputs);
          const known = new Set(classes.map(({ outputs }) => outputs.join()));
          for (const sample of samples)
            expect(known).toContain(chosen.map((machine) => outputOf(machine, sample)).join());
        },
      ),
      { numRuns: 100 },
    );
  });

  it("hold all their texts where these are fewer than were asked for, and shortest ones where not", () => {
    const classes = partition([oneOf(["main", "release"])], 3) ?? [];
    expect(classes.map(({ texts: own }) => own.length).sort()).toEqual([1, 1, 3]);
    const [others] = classes.filter(({ outputs }) => outputs[0] === "0");
    expect(others?.texts[0]).toBe("");
  });

  it("are not sought where there would be too many", () => {
    const many = Array.from({ length: 16 }, (_, index) => holds(`w${index}x${index}y${index}`));
    expect(partition(many, 2)).toBeUndefined();
  });
});
