import { type CelInput, isCelError, run } from "@bufbuild/cel";
import fc from "fast-check";
import { ClaimValueError, computedId } from "./cel-literal";
import { claimAt, claimsOf, mappedGroups } from "./claim";
import { allOf, anyOf, not, type PinnedCondition, unsafeCondition } from "./condition";
import { exampleIdReference } from "./testing/example-references";
import { hostileValues } from "./testing/hostile-values";

const claims = claimsOf({ id: "identity", owner: "identity", name: "text", verified: "flag", roles: "list" });
const holds = (condition: { readonly expression: string }, assertion: Record<string, CelInput>) => {
  const result = run(condition.expression, { assertion });
  return isCelError(result) ? "error" : result;
};

describe("a condition", () => {
  it("compares text, flags and lists each in its own way", () => {
    expect(claims.name.is("a").expression).toBe("assertion.name == 'a'");
    expect(claims.name.isOneOf(["a", "b"]).expression).toBe("assertion.name in ['a', 'b']");
    expect(claims.name.isOneOf(["a"]).expression).toBe("assertion.name == 'a'");
    expect(claims.name.startsWith("a").expression).toBe("assertion.name.startsWith('a')");
    expect(claims.name.isPresent().expression).toBe("has(assertion.name)");
    expect(claims.verified.is(true).expression).toBe("assertion.verified == true");
    expect(claims.verified.isPresent().expression).toBe("has(assertion.verified)");
    expect(claims.roles.includes("a").expression).toBe("'a' in assertion.roles");
    expect(claims.roles.isPresent().expression).toBe("has(assertion.roles)");
  });

  it("does not take a number or a string for a flag", () => {
    expect(holds(claims.verified.is(true), { verified: true })).toBe(true);
    expect(holds(claims.verified.is(true), { verified: false })).toBe(false);
    expect(holds(claims.verified.is(true), { verified: "true" })).not.toBe(true);
  });

  it("refuses a token that lacks a claim it names, also when negated", () => {
    expect(holds(claims.name.is("a"), {})).toBe("error");
    expect(holds(not(claims.name.is("a")), {})).toBe("error");
    expect(holds(claims.roles.includes("a"), {})).toBe("error");
  });

  it("keeps its meaning when conditions are nested", () => {
    const either = anyOf(claims.id.is("1"), claims.id.is("2"));
    const both = allOf(either, claims.name.is("a"));
    expect(both.expression).toBe("(assertion.id == '1' || assertion.id == '2') && assertion.name == 'a'");
    expect(holds(both, { id: "1", name: "b" })).toBe(false);
    expect(holds(both, { id: "2", name: "a" })).toBe(true);
    const nested = anyOf(claims.name.is("z"), allOf(claims.id.is("1"), claims.verified.is(true)));
    expect(holds(nested, { id: "1", name: "b", verified: false })).toBe(false);
    expect(holds(nested, { id: "2", name: "z", verified: false })).toBe(true);
    const negated = not(allOf(claims.id.is("1"), claims.name.is("a")));
    expect(holds(negated, { id: "1", name: "b" })).toBe(true);
    expect(holds(negated, { id: "1", name: "a" })).toBe(false);
    expect(holds(allOf(allOf(either), claims.verified.is(true)), { id: "1", verified: false })).toBe(false);
  });

  it("keeps raw text together when it is joined with others", () => {
    const raw = unsafeCondition("assertion.id == '1' || true");
    expect(holds(allOf(raw, claims.name.is("a")), { id: "2", name: "b" })).toBe(false);
  });

  it("keeps its meaning when a single condition is wrapped", () => {
    const wrapped = allOf(anyOf(anyOf(claims.id.is("1"), claims.id.is("2"))), claims.name.is("a"));
    expect(holds(wrapped, { id: "1", name: "b" })).toBe(false);
    expect(holds(not(allOf(anyOf(claims.id.is("1"), claims.id.is("2")))), { id: "2" })).toBe(false);
  });

  it("holds references to computed ids between quotes", () => {
    const reference = exampleIdReference();
    expect(claims.id.is(computedId(reference)).expression).toBe(`assertion.id == '${reference}'`);
  });

  it("compares the part of a claim that a template extracts, and refuses a token where it does not match", () => {
    const part = claims.name.extract("/sc/{connection}");
    expect(part.is("x").expression).toBe("assertion.name.extract('/sc/{connection}') == 'x'");
    for (const empty of [() => part.is(""), () => part.isOneOf(["a", ""])]) expect(empty).toThrow(ClaimValueError);
    expect(part.isPresent().expression).toBe("assertion.name.extract('/sc/{connection}') != ''");
  });

  it("names groups that the mapping made, and one of several members of a list", () => {
    expect(mappedGroups.includesOneOf(["a", "b"]).expression).toBe("'a' in google.groups || 'b' in google.groups");
    expect(claims.roles.includesOneOf(["a"]).expression).toBe("'a' in assertion.roles");
  });

  it("refuses what holds for everybody: an empty prefix, an identity of no letters", () => {
    expect(() => claims.name.startsWith("")).toThrow(ClaimValueError);
    expect(() => claims.id.is("")).toThrow(ClaimValueError);
    expect(() => claims.id.isOneOf(["1", ""])).toThrow(ClaimValueError);
    expect(claims.name.is("").expression).toBe("assertion.name == ''");
  });

  it("takes values of the claim's kind only, as synthesis runs without a type check", () => {
    const { name, verified, roles } = claims;
    const attempts: readonly (readonly [object, (...values: never[]) => unknown, unknown])[] = [
      [verified, verified.is, "true || true"],
      [name, name.is, 1],
      [name, name.is, null],
      [name, name.isOneOf, "abc"],
      [name, name.isOneOf, []],
      [roles, roles.includesOneOf, "abc"],
      [claims, claimAt, "identiy"],
    ];
    for (const [claim, compare, value] of attempts)
      expect(() => Reflect.apply(compare, claim, [value, ["a"]])).toThrow(ClaimValueError);
  });

  it("of nothing is none: an empty list that was spread does not hold for everybody", () => {
    const nothing: Parameters<typeof allOf>[0][] = [];
    for (const combine of [allOf, anyOf])
      expect(() => Reflect.apply(combine, undefined, nothing)).toThrow(ClaimValueError);
    expect(() => Reflect.apply(allOf, undefined, ["true"])).toThrow(ClaimValueError);
  });

  it.each([
    "",
    " ",
    "true) || (true",
    "assertion.id == '1",
    'assertion.id == "1',
    "assertion.id == '1' // ",
    "a]",
    "(a",
  ])("takes no raw text that could close the bracket around it: %j", (text) => {
    expect(() => unsafeCondition(text)).toThrow(ClaimValueError);
  });

  it("takes raw text whose literals hold brackets and quotes", () => {
    const raw = unsafeCondition("assertion.name == ')\\'(' || assertion.roles.exists(r, r == \"a'\")");
    expect(holds(raw, { name: ")'(" })).toBe(true);
  });

  it("reads in plain words, in which no value can pass for words", () => {
    const condition = allOf(
      anyOf(claims.id.is("1"), claims.owner.isOneOf(["2", "3"])),
      not(claims.name.startsWith("x")),
      claims.verified.is(true),
      claims.roles.includes("admin' and name is 'a"),
      claims.name.isPresent(),
    );
    expect(condition.words).toBe(
      "(id is '1' or owner is one of '2', '3') and not (name begins with 'x') and verified is true and " +
        "roles includes 'admin\\u0027 and name is \\u0027a' and name is present",
    );
    expect(unsafeCondition("true").words).toContain("unchecked");
  });

  it("has no words in which a claim's name means something else", () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Terraform's templates
    const { words } = claimAt("identity", ["${file(\"x\")} is 'a' or sub"]).is("1");
    expect(words).toBe("assertion['$\\u007Bfile(\\u0022x\\u0022)} is \\u0027a\\u0027 or sub'] is '1'");
  });

  it("keeps its shape and its meaning for any value (property)", () => {
    const shapeOf = (expression: string) => expression.replace(/'[^']*'/g, "'…'");
    const plain = shapeOf(
      allOf(claims.id.is("1"), claims.name.isOneOf(["a", "b"]), claims.roles.includes("c")).expression,
    );
    const value = fc.oneof(
      fc.string({ unit: "binary", minLength: 1, maxLength: 40 }),
      fc.constantFrom(...hostileValues),
    );
    fc.assert(
      fc.property(value, value, value, (id, name, role) => {
        const condition = allOf(claims.id.is(id), claims.name.isOneOf([name, "b"]), claims.roles.includes(role));
        expect(shapeOf(condition.expression)).toBe(plain);
        expect(holds(condition, { id, name, roles: [role] })).toBe(true);
        expect(holds(condition, { id: `${id}x`, name, roles: [role] })).toBe(false);
      }),
      { numRuns: 80 },
    );
  });
});

describe("a pin", () => {
  const accept = (condition: PinnedCondition) => condition.pin;

  it("comes from comparing an identity with fixed values", () => {
    expect(accept(claims.id.is("1"))).toBe("pinned");
    expect(accept(claims.id.isOneOf(["1", "2"]))).toBe("pinned");
    expect(accept(allOf(claims.id.is("1"), claims.name.is("a")))).toBe("pinned");
    expect(accept(anyOf(claims.id.is("1"), claims.owner.is("2")))).toBe("pinned");
    expect(accept(unsafeCondition("assertion.x == 'y'"))).toBe("pinned");
  });

  it("does not come from anything else, to the compiler and at run time alike", () => {
    const open = [
      // @ts-expect-error a name can be taken over by another
      () => accept(claims.name.is("a")),
      // @ts-expect-error others may begin alike
      () => accept(claims.id.startsWith("1")),
      // @ts-expect-error every token has it
      () => accept(claims.id.isPresent()),
      // @ts-expect-error everyone but one
      () => accept(not(claims.id.is("1"))),
      // @ts-expect-error the second way in is open
      () => accept(anyOf(claims.id.is("1"), claims.name.is("a"))),
      // @ts-expect-error nothing in it pins
      () => accept(allOf(claims.name.is("a"), claims.verified.is(true))),
      // @ts-expect-error a role is given to many
      () => accept(claims.roles.includes("a")),
    ];
    expect(open.map((attempt) => attempt())).toEqual(open.map(() => "open"));
  });

  it("names the claims that are pinned however the condition is satisfied", () => {
    const pins = (condition: { readonly pinnedClaims: ReadonlySet<string> | "vouched" }) =>
      condition.pinnedClaims === "vouched" ? "vouched" : [...condition.pinnedClaims];
    const both = allOf(claims.id.is("1"), claims.owner.is("2"), claims.name.is("a"));
    expect(pins(both)).toEqual(["id", "owner"]);
    expect(pins(anyOf(both, claims.id.is("3")))).toEqual(["id"]);
    expect(pins(anyOf(claims.owner.is("2"), claims.id.is("3")))).toEqual([]);
    expect(pins(not(both))).toEqual([]);
    expect(pins(allOf(unsafeCondition("true"), claims.id.is("1")))).toBe("vouched");
    expect(pins(anyOf(unsafeCondition("true"), claims.id.is("1")))).toEqual(["id"]);
  });

  it("cannot be claimed for a string", () => {
    // @ts-expect-error conditions are built
    const claimed = () => accept("assertion.sub != ''");
    expect(claimed()).toBeUndefined();
  });
});
