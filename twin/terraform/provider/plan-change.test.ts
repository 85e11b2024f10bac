import type { JsonObject } from "../../../analysis";
import { ResourceStore } from "../../store/resource-store";
import { type ResourceRules, type RuleContext, resourceRules, UNKNOWN } from "../rules";
import { type BlockSchema, loadSchemas } from "../schema";
import { attributePath } from "./attribute-path";
import { planCreate, planUpdate } from "./plan-change";
import type { ResourceKind } from "./resource-kind";
import { toWire } from "./wire-form";

const context: RuleContext = { stack: "dev", project: undefined, projects: [], store: new ResourceStore(), now: 0 };

const schema: BlockSchema = {
  attributes: {
    id: { type: "string", optional: true, computed: true },
    name: { type: "string", required: true },
    note: { type: "string", optional: true },
    mode: { type: "string", optional: true },
    project: { type: "string", optional: true, computed: true },
    secret: { type: "string", computed: true },
    digest: { type: "string", computed: true },
  },
  blocks: {
    part: {
      nesting: "list",
      minItems: 0,
      maxItems: 1,
      block: {
        attributes: {
          kind: { type: "string", optional: true },
          on: { type: "bool", optional: true },
          number: { type: "string", computed: true },
        },
        blocks: {},
      },
    },
  },
};
const rules: ResourceRules = {
  forceNew: ["name", "part.kind"],
  defaults: { mode: "plain" },
  invented: ["secret"],
  identity: ({ name }) => String(name),
  computed: (values) => ({
    id: values["name"] ?? null,
    secret: values["secret"] ?? "invented",
    digest: `digest of ${JSON.stringify(values["note"] ?? null)}`,
  }),
};
const kind: ResourceKind = { type: "google_thing", schema, rules };
const config = (values: JsonObject) => toWire(schema, values);
const prior = config({
  id: "n",
  name: "n",
  mode: "plain",
  project: "p",
  secret: "s",
  digest: 'digest of "a"',
  note: "a",
});

/** The state that Terraform's core proposes: the configuration, and computed attributes of before. */
function proposed(values: JsonObject): JsonObject {
  const stated = config(values);
  return Object.fromEntries(
    Object.entries(stated).map(([name, value]) => [
      name,
      value === null && schema.attributes[name]?.computed === true ? (prior[name] ?? null) : value,
    ]),
  );
}

const update = (values: JsonObject, before = prior) =>
  planUpdate(
    kind,
    { prior: before, proposed: proposed(values), config: config(values) },
    { project: "other" },
    context,
  );

describe("a plan of a new resource", () => {
  it("leaves open what the cloud gives, in blocks too, and fills in defaults and the provider's project", () => {
    const { planned, requiresReplace } = planCreate(kind, config({ name: "n", part: {} }), { project: "p", zone: "z" });
    expect(planned).toEqual({
      id: UNKNOWN,
      name: "n",
      note: null,
      mode: "plain",
      project: "p",
      secret: UNKNOWN,
      digest: UNKNOWN,
      part: [{ kind: null, on: null, number: UNKNOWN }],
    });
    expect(requiresReplace).toEqual([]);
  });

  it("prefers what is written to what the provider would fill in", () => {
    const written = config({ name: "n", project: "mine", mode: "other" });
    expect(planCreate(kind, written, { project: "p" }).planned).toMatchObject({ project: "mine", mode: "other" });
  });
});

describe("a plan of a resource that is there", () => {
  it("is the state itself where nothing changes", () => {
    expect(update({ name: "n", note: "a" })).toEqual({ planned: prior, requiresReplace: [] });
  });

  it("leaves open only what follows from what changes", () => {
    expect(update({ name: "n", note: "b" })).toEqual({
      planned: { ...prior, note: "b", digest: UNKNOWN },
      requiresReplace: [],
    });
  });

  it("leaves open what follows from a value that is not known yet", () => {
    const stated = { ...config({ name: "n" }), note: UNKNOWN };
    const change = { prior, proposed: { ...prior, note: UNKNOWN }, config: stated };
    expect(planUpdate(kind, change, {}, context).planned).toEqual({ ...prior, note: UNKNOWN, digest: UNKNOWN });
  });

  it("keeps what the cloud invented, whatever changes", () => {
    expect(update({ name: "n", note: "b" }).planned["secret"]).toBe("s");
  });

  it("replaces where an argument differs that cannot be changed, and says which", () => {
    expect(update({ name: "m", note: "a" }).requiresReplace).toEqual([[{ attributeName: "name" }]]);
    expect(update({ name: "n", note: "a", part: { kind: "k" } }).requiresReplace).toEqual([
      [{ attributeName: "part" }, { elementKeyInt: 0 }, { attributeName: "kind" }],
    ]);
  });

  it("replaces where such an argument may differ", () => {
    const change = { prior, proposed: { ...prior, name: UNKNOWN }, config: { ...config({}), name: UNKNOWN } };
    expect(planUpdate(kind, change, {}, context).requiresReplace).toEqual([[{ attributeName: "name" }]]);
  });

  it("takes an empty value that an import brought for one that is not set", () => {
    const imported = config({ ...prior, note: "", digest: "digest of null", part: { kind: "", on: false } });
    const stated = { name: "n", part: {} };
    const change = {
      prior: imported,
      proposed: { ...imported, note: null, part: [{ kind: null, on: null, number: null }] },
      config: config(stated),
    };
    expect(planUpdate(kind, change, {}, context)).toEqual({ planned: imported, requiresReplace: [] });
  });

  it("removes a value that is left out and was there", () => {
    expect(update({ name: "n" }).planned).toMatchObject({ note: null, digest: UNKNOWN });
  });
});

describe("paths of rules", () => {
  const google = loadSchemas("google");
  const path = (type: string, ...steps: (string | number)[]) => attributePath(google.resource(type) ?? schema, steps);

  it("get the position that a rule leaves out", () => {
    const steps = [{ attributeName: "oidc" }, { elementKeyInt: 0 }, { attributeName: "issuer_uri" }];
    expect(path("google_iam_workload_identity_pool_provider", "oidc", "issuer_uri")).toEqual(steps);
    expect(path("google_iam_workload_identity_pool_provider", "oidc", 0, "issuer_uri")).toEqual(steps);
  });

  it("reach into maps and lists, and end at sets and at what is not there", () => {
    expect(path("google_iam_workload_identity_pool_provider", "attribute_mapping", "google.subject")).toEqual([
      { attributeName: "attribute_mapping" },
      { elementKeyString: "google.subject" },
    ]);
    expect(path("google_iam_oauth_client", "allowed_redirect_uris", 1)).toEqual([
      { attributeName: "allowed_redirect_uris" },
      { elementKeyInt: 1 },
    ]);
    expect(path("google_bigquery_dataset", "access", 0, "role")).toEqual([{ attributeName: "access" }]);
    expect(path("google_bigquery_dataset", "timeouts", 0, "create")).toEqual([
      { attributeName: "timeouts" },
      { attributeName: "create" },
    ]);
    expect(path("google_bigquery_dataset", "nothing", "there")).toEqual([]);
    expect(path("google_bigquery_dataset", 0)).toEqual([]);
  });
});

describe("the rules of every type that the twin plays", () => {
  const google = loadSchemas("google");
  const azuread = loadSchemas("azuread");
  const kinds = [...resourceRules].flatMap(([type, rulesOfType]) => {
    const found = google.resource(type) ?? azuread.resource(type);
    return found === undefined ? [] : [{ type, schema: found, rules: rulesOfType }];
  });

  it("are of types that the providers have", () => {
    expect(kinds).toHaveLength([...resourceRules.keys()].filter((type) => type !== "terraform_data").length);
    expect(kinds.length).toBeGreaterThan(30);
  });

  it.each(kinds)(
    "name arguments that $type has",
    ({ schema: block, rules: { forceNew, defaults = {}, invented = [] } }) => {
      for (const dotted of [...forceNew, ...Object.keys(defaults), ...invented]) {
        const names = attributePath(block, dotted.split(".")).flatMap((step) =>
          "attributeName" in step ? [step.attributeName] : [],
        );
        // A path ends at a set, whose elements have no place.
        expect(dotted.startsWith(names.join(".")) && names.length > 0).toBe(true);
        if (!throughSet(block, dotted.split("."))) expect(names.join(".")).toBe(dotted);
      }
    },
  );

  it.each(kinds)("bear it that every argument of $type is unknown", (ofType) => {
    const blocks = Object.keys(ofType.schema.blocks).filter((name) => name !== "timeouts");
    const unknown = Object.fromEntries(
      [...Object.keys(ofType.schema.attributes), ...blocks].map((name) => [name, UNKNOWN]),
    );
    const before = toWire(ofType.schema, { id: "i", name: "n" });
    const change = { prior: before, proposed: toWire(ofType.schema, unknown), config: toWire(ofType.schema, unknown) };
    const projects = [{ id: "p", number: "1", stack: "dev" }];
    const planning = { ...context, projects, project: projects[0] };
    expect(() => planUpdate(ofType, change, {}, planning)).not.toThrow();
    expect(ofType.rules.validate?.(unknown, planning) ?? []).toEqual([]);
  });
});

function throughSet(block: BlockSchema, [name = "", ...rest]: readonly string[]): boolean {
  const nested = block.blocks[name];
  if (nested === undefined || rest.length === 0) return false;
  return nested.nesting === "set" || throughSet(nested.block, rest);
}
