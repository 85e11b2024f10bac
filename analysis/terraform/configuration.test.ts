import { readTerraformJson } from "./configuration";

const read = (json: unknown) => readTerraformJson(JSON.stringify(json), "prod");

describe("readTerraformJson", () => {
  it("reads blocks with their addresses, without the comments", () => {
    const configuration = read({
      "//": { metadata: { version: "0.21.0" } },
      terraform: { backend: {} },
      provider: { google: [{}] },
      output: { o: { value: "x" } },
      variable: { v: { type: "string", default: "d", sensitive: true } },
      locals: { l: 1 },
      resource: { google_a: { a: { "//": { metadata: { path: "prod/a" } }, x: 1 } } },
      data: { google_b: { b: {} } },
    });
    expect(configuration).toEqual({
      stack: "prod",
      variables: new Map([["v", { type: "string", default: "d" }]]),
      locals: new Map([["l", 1]]),
      resources: [{ address: "google_a.a", type: "google_a", name: "a", constructPath: "prod/a", body: { x: 1 } }],
      dataSources: [{ address: "data.google_b.b", type: "google_b", name: "b", body: {} }],
    });
  });

  it.each([
    ["{", "prod: not JSON: "],
    ["[]", "prod: not the Terraform JSON that is supported: (top): "],
    ["null", "(top): "],
    ['{"module": {}}', "module"],
    ['{"resource": {"google_a": {"a": []}}}', "resource.google_a.a: "],
    ['{"resource": {"google_a": {"a b": {}}}}', "resource.google_a.a b: "],
    ['{"resource": [{}]}', "resource: "],
    ['{"variable": {"v": {"type": 3}}}', "variable.v.type: "],
    ['{"locals": 7}', "locals: "],
  ])("says where %s is wrong", (text, message) => {
    expect(() => readTerraformJson(text, "prod")).toThrow(message);
  });

  it("refuses deep nesting in few words", () => {
    const nested = (levels: number) => `{"locals": {"l": ${"[".repeat(levels)}${"]".repeat(levels)}}}`;
    expect(() => readTerraformJson(nested(60), "prod")).not.toThrow();
    expect(() => readTerraformJson(nested(100_000), "prod")).toThrow(/nested deeper than 64|not JSON/);
  });

  it("takes __proto__ for a name like any other, and changes no prototype", () => {
    const configuration = readTerraformJson('{"locals": {"__proto__": {"polluted": true}}}', "prod");
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
    expect([...configuration.locals.keys()].every((name) => name === "__proto__")).toBe(true);
  });
});
