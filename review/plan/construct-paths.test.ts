import { readConstructPaths } from "./construct-paths";

describe("construct paths", () => {
  it("are read of resources, data sources and modules, whatever else is in the file", () => {
    const text = JSON.stringify({
      "//": { metadata: { stackName: "dev" } },
      moved: [{ from: "a.b", to: "c.d" }],
      resource: {
        google_project: {
          p_1: { "//": { metadata: { path: "dev/a/p", uniqueId: "p_1" } }, name: "x" },
          raw: { name: "written by hand" },
          odd: { "//": "a comment" },
        },
      },
      data: { google_client_config: { c: { "//": { metadata: { path: "dev/c" } } } } },
      module: { m: { "//": { metadata: { path: "dev/m" } }, source: "./m" } },
    });
    expect([...readConstructPaths(text, "dev")]).toEqual([
      ["google_project.p_1", "dev/a/p"],
      ["data.google_client_config.c", "dev/c"],
      ["module.m", "dev/m"],
    ]);
  });

  it.each(["[]", '{"resource":[]}', "x"])("of something else are refused in one line: %s", (text) => {
    expect(() => readConstructPaths(text, "dev")).toThrow(/^dev: cdk\.tf\.json: not JSON$|^dev: cdk\.tf\.json is not/);
  });
});
