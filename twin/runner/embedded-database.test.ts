import { embeddedTemplateFile, withEmbeddedDatabase } from "./embedded-database";

const text = (config: unknown) => ({ PORT: "1", KEYLESS_CONFIG: JSON.stringify(config) });

it("is laid out once for each version of PGlite, in the project's own folder", () => {
  expect(embeddedTemplateFile()).toMatch(/\/\.keyless\/embedded-database\/\d+\.\d+\.\d+[^/]*\.tar$/);
});

describe("the environment of a service that the twin runs", () => {
  it("keeps the rows of an app with Cloud SQL inside its process, and all else as it was deployed", () => {
    const config = { app: "service-desk", database: { kind: "postgresql", server: { host: "10.1.0.3" } } };
    const { PORT, KEYLESS_CONFIG = "" } = withEmbeddedDatabase(text(config));
    expect([PORT, JSON.parse(KEYLESS_CONFIG)]).toEqual(["1", { ...config, database: { kind: "embedded" } }]);
  });

  it.each([
    ["no database", text({ app: "landing" })],
    ["a database of another kind", text({ database: { kind: "embedded" } })],
    ["no JSON", { KEYLESS_CONFIG: "{" }],
    ["no configuration", {}],
  ])("is left alone with %s", (_what, environment) => {
    expect(withEmbeddedDatabase(environment)).toBe(environment);
  });
});
