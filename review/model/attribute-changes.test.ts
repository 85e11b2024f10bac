import { attributeChanges, pathText } from "./attribute-changes";
import type { ShownObject } from "./shown-value";

const told = (
  before: ShownObject | undefined,
  after: ShownObject | undefined,
  replacePaths: (string | number)[][] = [],
) =>
  attributeChanges("google_thing", before, after, replacePaths).map(
    ({ path, before: was, after: becomes, forcesReplacement, noise }) => [
      pathText(path),
      was ?? null,
      becomes ?? null,
      ...(forcesReplacement ? ["forces"] : []),
      ...(noise ? ["noise"] : []),
    ],
  );

describe("changes of attributes", () => {
  it("are told at the deepest place that differs, in the order of names", () => {
    expect(told({ b: { x: 1, y: 2 }, a: "s" }, { b: { x: 1, y: 3 }, a: "t" })).toEqual([
      ["a", "s", "t"],
      ["b.y", 2, 3],
    ]);
  });

  it("take a list of texts as one value", () => {
    expect(told({ l: ["a", "b"] }, { l: ["a", "c"] })).toEqual([["l", ["a", "b"], ["a", "c"]]]);
  });

  it("pair blocks with the equal one, wherever it stands", () => {
    const [one, two, three] = [{ n: 1 }, { n: 2 }, { n: 3 }];
    expect(told({ l: [one, two] }, { l: [three, two, one] })).toEqual([["l[0].n", null, 3]]);
    expect(told({ l: [one, two] }, { l: [two, three] })).toEqual([["l[1].n", 1, 3]]);
  });

  it("tell an order of blocks that differs", () => {
    const [one, two] = [{ n: 1 }, { n: 2 }];
    expect(told({ l: [one, two] }, { l: [two, one] })).toEqual([["l", [one, two], [two, one]]]);
  });

  it("tell a block that comes attribute by attribute", () => {
    expect(told({}, { oidc: [{ issuer_uri: "https://i", allowed_audiences: ["a"] }] })).toEqual([
      ["oidc[0].allowed_audiences", null, ["a"]],
      ["oidc[0].issuer_uri", null, "https://i"],
    ]);
  });

  it("mark what forces a replacement, above and below the path that Terraform names", () => {
    expect(told({ a: { b: 1 }, c: 1 }, { a: { b: 2 }, c: 2 }, [["a", "b"]])).toEqual([
      ["a.b", 1, 2, "forces"],
      ["c", 1, 2],
    ]);
    expect(told({ a: { b: 1 } }, { a: { b: 2 } }, [["a"]])).toEqual([["a.b", 1, 2, "forces"]]);
  });

  it("mark bookkeeping, and two ways of saying nothing", () => {
    expect(told({ etag: "1", tags: [], v: null }, { etag: "2", tags: null, v: 0 })).toEqual([
      ["etag", "1", "2", "noise"],
      ["tags", [], null, "noise"],
      ["v", null, 0],
    ]);
  });

  it("are none between equal values", () => {
    expect(told({ a: [{ b: null }], c: 1 }, { c: 1, a: [{ b: null }] })).toEqual([]);
  });

  it("quote names in paths that are no identifiers", () => {
    expect(pathText(["m", "google.subject", 0, "x"])).toBe('m["google.subject"][0].x');
  });
});
