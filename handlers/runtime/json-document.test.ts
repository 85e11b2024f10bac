import fc from "fast-check";
import { parseJsonDocument } from "./json-document";

describe("parseJsonDocument", () => {
  it("gives what JSON.parse gives", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value, undefined, 1);
        expect(parseJsonDocument(text)).toEqual({ ok: true, value: JSON.parse(text) });
      }),
      { numRuns: 300 },
    );
  });

  it("takes a byte order mark for nothing, as editors put it in front", () => {
    expect(parseJsonDocument('\ufeff{"a":1}')).toEqual({ ok: true, value: { a: 1 } });
  });

  it.each<[string, (string | number)[][]]>([
    ['{"a":1,"a":2}', [["a"]]],
    [
      '{"a":{"b":1,"b":{"b":1}},"c":[{"d":1},{"d":1,"e":[],"\\u0064":2}]}',
      [
        ["a", "b"],
        ["c", 1, "d"],
      ],
    ],
    ['{"__proto__":1,"__proto__":2}', [["__proto__"]]],
    ['[{"a":"{\\"a\\":1,\\"a\\":2}"},{"a":","},["a","a"]]', []],
  ])("names the members that stand twice in %s", (text, paths) => {
    expect(parseJsonDocument(text)).toEqual(
      paths.length === 0 ? { ok: true, value: JSON.parse(text) } : { ok: false, kind: "repeated", paths },
    );
  });

  it("says where a text stops being JSON", () => {
    expect(parseJsonDocument('{\n  "a": 1,\n}')).toEqual({ ok: false, kind: "no_json", at: { line: 3, column: 1 } });
    expect(parseJsonDocument("hunter2")).toMatchObject({ ok: false, kind: "no_json" });
  });

  it("reads deep nesting without end of its own", () => {
    expect(parseJsonDocument("[".repeat(5_000) + "]".repeat(5_000))).toMatchObject({ ok: true });
  });
});
