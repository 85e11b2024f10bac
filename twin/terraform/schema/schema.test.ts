import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadSchemas } from ".";
import { recoverSchema } from "./recover-schema";
import { markSensitive, sensitiveOfDataSources, sensitiveOfResources } from "./sensitive-attributes";

describe("schemas recovered from the bindings", () => {
  const google = loadSchemas("google");
  const azuread = loadSchemas("azuread");

  it("are those of all types of the provider versions that the bindings state", () => {
    expect([google.version, google.resourceTypes.length, google.dataSourceTypes.length]).toEqual(["6.50.0", 1096, 373]);
    expect([azuread.version, azuread.resourceTypes.length, azuread.dataSourceTypes.length]).toEqual(["3.7.0", 54, 20]);
  });

  it("parse for every type", () => {
    for (const schemas of [google, azuread]) {
      for (const type of schemas.resourceTypes) expect(schemas.resource(type)?.attributes).toHaveProperty("id");
      for (const type of schemas.dataSourceTypes) expect(schemas.dataSource(type)).toBeDefined();
    }
  });

  it("do not know what the provider does not have", () => {
    expect(google.resource("google_iam_pool")).toBeUndefined();
    expect(google.dataSource("constructor")).toBeUndefined();
  });

  it("tell required, optional and computed, and how blocks nest", () => {
    const schema = google.resource("google_iam_workforce_pool_provider");
    expect(schema?.attributes).toMatchObject({
      provider_id: { type: "string", required: true },
      attribute_mapping: { type: ["map", "string"], optional: true },
      disabled: { type: "bool", optional: true },
      id: { type: "string", optional: true, computed: true },
      state: { type: "string", computed: true },
    });
    expect(schema?.blocks["timeouts"]).toMatchObject({ nesting: "single" });
    expect(schema?.blocks["oidc"]).toMatchObject({
      nesting: "list",
      minItems: 0,
      maxItems: 1,
      block: { blocks: { client_secret: { block: { blocks: { value: { maxItems: 1 } } } } } },
    });
    expect(google.resource("google_bigquery_dataset")?.blocks["access"]).toMatchObject({ nesting: "set", maxItems: 0 });
    expect(google.resource("google_compute_url_map")?.blocks["path_matcher"]).toMatchObject({
      nesting: "list",
      maxItems: 0,
    });
  });

  it("tell sets of texts from lists, and objects that the cloud gives", () => {
    expect(google.resource("google_compute_backend_service")?.attributes["custom_request_headers"]?.type).toEqual([
      "set",
      "string",
    ]);
    expect(google.resource("google_iam_oauth_client")?.attributes["allowed_scopes"]?.type).toEqual(["list", "string"]);
    expect(
      google.resource("google_compute_managed_ssl_certificate")?.attributes["subject_alternative_names"]?.type,
    ).toEqual(["list", "string"]);
    expect(google.resource("google_cloud_run_v2_service")?.attributes["conditions"]).toMatchObject({
      computed: true,
      type: ["list", ["object", { message: "string" }]],
    });
  });

  it("hold structs that the bindings keep beside an oversized resource", () => {
    const cluster = google.resource("google_container_cluster");
    expect(Object.keys(cluster?.blocks ?? {}).length).toBeGreaterThan(40);
    expect(cluster?.blocks["addons_config"]?.block.blocks).toHaveProperty("cloudrun_config");
  });

  it("leave out the argument that Terraform itself reads from a provider block", () => {
    expect(google.configuration.attributes).toHaveProperty("user_project_override");
    expect(google.configuration.attributes).not.toHaveProperty("alias");
    expect(google.configuration.blocks).toHaveProperty("batching");
  });

  it.each(Object.entries(sensitiveOfResources))("mark what is sensitive in %s", (type, paths) => {
    const schema = google.resource(type) ?? azuread.resource(type);
    expect(schema).toBeDefined();
    expect(paths).not.toHaveLength(0);
    // The schema is marked already, so that marking it again changes nothing.
    if (schema !== undefined) expect(markSensitive(schema, paths)).toEqual(schema);
  });

  it.each(Object.entries(sensitiveOfDataSources))("mark what is sensitive in data source %s", (type, [path = ""]) => {
    expect(google.dataSource(type)?.attributes[path]).toMatchObject({ sensitive: true });
  });

  it("name the path that is to be sensitive and is not there", () => {
    expect(() => markSensitive({ attributes: {}, blocks: {} }, ["a.b"])).toThrow(
      "There is no a.b to mark as sensitive",
    );
  });
});

describe("what was recovered", () => {
  let directory = "";

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "keyless-schemas-"));
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  it("is kept under the version of the bindings, and recovered again where the file is damaged", () => {
    const file = readdirSync(join(__dirname, "../../../.keyless/provider-schemas")).find((name) =>
      name.startsWith("azuread-bindings"),
    );
    expect(file).toBeDefined();
    writeFileSync(join(directory, file ?? ""), "damaged");
    const schemas = loadSchemas("azuread", directory);
    expect(schemas.resource("azuread_application_password")?.attributes["value"]).toEqual({
      type: "string",
      computed: true,
      sensitive: true,
    });
    expect(readdirSync(directory)).toEqual([file]);
  });
});

describe("recoverSchema", () => {
  it("finds nothing in a text without a resource", () => {
    expect(recoverSchema("export interface A {\n}\n")).toBeUndefined();
  });

  it("refuses a resource in a form that it does not know, and names what it does not understand", () => {
    const text = [
      "export class A extends cdktf.TerraformResource {",
      '  public static readonly tfResourceType = "google_a";',
      "        providerVersion: '6.50.0',",
      "  // colour - computed: false, optional: true, required: false",
      "  private _colour = surprise();",
      "",
      "  // =========",
    ].join("\n");
    expect(() => recoverSchema(text)).toThrow("colour");
  });
});
