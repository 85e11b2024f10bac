import type { Json, JsonObject } from "../../../analysis";
import { ResourceStore } from "../../store/resource-store";
import { type ResourceRules, resourceRules, UNKNOWN } from "../rules";
import { type BlockSchema, loadSchemas, type ProviderSchemas } from "../schema";
import { TwinProvider } from "./twin-provider";
import { toWire } from "./wire-form";

const schema: BlockSchema = {
  attributes: {
    id: { type: "string", optional: true, computed: true },
    name: { type: "string", required: true },
    note: { type: "string", optional: true },
    kept: { type: "string", optional: true, computed: true },
    secret: { type: "string", computed: true },
  },
  blocks: {},
};
const schemas: ProviderSchemas = {
  provider: "google",
  version: "6.50.0",
  configuration: { attributes: {}, blocks: {} },
  resourceTypes: ["google_thing", "google_soft_thing", "google_unplayed"],
  dataSourceTypes: ["google_thing", "google_unplayed", "google_project"],
  resource: (type) => (schemas.resourceTypes.includes(type) ? schema : undefined),
  dataSource: (type) =>
    type === "google_project"
      ? loadSchemas("google").dataSource(type)
      : schemas.dataSourceTypes.includes(type)
        ? schema
        : undefined,
};

let invented = 0;
const thing: ResourceRules = {
  forceNew: ["name"],
  invented: ["secret"],
  validate: ({ name }) => (name === "bad" ? [{ path: ["name"], summary: "bad name" }] : []),
  identity: ({ name }) => `things/${String(name)}`,
  computed: (values) => {
    if (values["secret"] === undefined) invented += 1;
    return { id: `things/${String(values["name"])}`, secret: values["secret"] ?? `secret-${invented}` };
  },
  refuseCreate: ({ name }, { store, stack }) =>
    store.get(stack, "google_thing", `things/${String(name)}`) === undefined
      ? undefined
      : { path: [], summary: "googleapi: Error 409: already exists" },
  refuseUpdate: (_, { note }) =>
    note === "frozen" ? { path: ["note"], summary: "googleapi: Error 400: frozen" } : undefined,
  refuseDelete: ({ note }) => (note === "in use" ? { path: [], summary: "googleapi: Error 400: in use" } : undefined),
  importIdentity: (id) => `things/${id}`,
};
const rules = new Map([
  ["google_thing", thing],
  ["google_soft_thing", { ...thing, softDelete: true }],
]);

describe("the twin as a provider", () => {
  const project = { id: "data-dev", number: "71", stack: "dev" };
  let store: ResourceStore;
  let provider: TwinProvider;

  beforeEach(() => {
    store = new ResourceStore();
    provider = providerOf("dev");
  });

  const providerOf = (stack: string) =>
    new TwinProvider({ schemas, rules, context: () => ({ stack, project, projects: [project], store, now: 7 }) });

  const wire = (values: JsonObject) => toWire(schema, values);

  /** Plans and applies, as Terraform's core does. */
  function deploy(values: JsonObject, prior: Json = null, type = "google_thing") {
    const config = wire(values);
    const before =
      typeof prior === "object" && prior !== null && !Array.isArray(prior) ? new Map(Object.entries(prior)) : new Map();
    const proposed = Object.fromEntries(
      Object.entries(config).map(([name, value]) => [
        name,
        value ?? (schema.attributes[name]?.computed === true ? (before.get(name) ?? null) : null),
      ]),
    );
    const { state: planned } = provider.planResource(type, { prior, proposed, config });
    return { planned, ...provider.applyResource(type, { prior, planned, config }) };
  }

  it("creates with what the cloud gives, and stores what a direct load would store", () => {
    const { planned, state, diagnostics } = deploy({ name: "a", note: "n" });
    expect(planned).toEqual({ id: UNKNOWN, name: "a", note: "n", kept: UNKNOWN, secret: UNKNOWN });
    expect(diagnostics).toEqual([]);
    expect(state).toMatchObject({
      id: "things/a",
      name: "a",
      note: "n",
      kept: null,
      secret: expect.stringMatching(/^secret-/),
    });
    expect(store.get("dev", "google_thing", "things/a")?.values).toEqual({
      id: "things/a",
      name: "a",
      note: "n",
      secret: expect.stringMatching(/^secret-/),
    });
  });

  it("plans nothing for what it has just applied", () => {
    const { state } = deploy({ name: "a" });
    const again = provider.readResource("google_thing", state);
    expect(again).toEqual({ state, diagnostics: [] });
    const planned = provider.planResource("google_thing", {
      prior: state,
      proposed: state,
      config: wire({ name: "a" }),
    });
    expect(planned).toEqual({ state, requiresReplace: [], diagnostics: [] });
  });

  it("updates in place and keeps what the cloud invented", () => {
    const { state } = deploy({ name: "a", note: "one" });
    const updated = deploy({ name: "a", note: "two" }, state);
    expect(updated.state).toEqual({ ...wire({}), ...Object(state), note: "two" });
    expect(store.ofType("google_thing")).toHaveLength(1);
  });

  it("refuses in the words of the cloud and leaves the store as it was", () => {
    const { state } = deploy({ name: "a" });
    const before = [store.version, store.all()];
    expect(deploy({ name: "a" })).toMatchObject({
      state: null,
      diagnostics: [{ severity: "error", summary: "googleapi: Error 409: already exists" }],
    });
    expect(deploy({ name: "a", note: "frozen" }, state)).toMatchObject({
      state,
      diagnostics: [{ summary: "googleapi: Error 400: frozen", path: [{ attributeName: "note" }] }],
    });
    expect(deploy({ name: "bad" })).toMatchObject({ state: null, diagnostics: [{ summary: "bad name" }] });
    expect([store.version, store.all()]).toEqual(before);
  });

  it("refuses a deletion, and takes one of what is gone for done", () => {
    const remove = (prior: Json) => provider.applyResource("google_thing", { prior, planned: null, config: null });
    const { state } = deploy({ name: "a", note: "in use" });
    expect(remove(state)).toMatchObject({ state, diagnostics: [{ summary: "googleapi: Error 400: in use" }] });
    const { state: free } = deploy({ name: "a" }, state);
    expect(remove(free)).toEqual({ state: null, diagnostics: [] });
    expect(store.all()).toEqual([]);
    expect(remove(free)).toEqual({ state: null, diagnostics: [] });
  });

  it("keeps for a while what the cloud only marks as deleted, and does not see it", () => {
    const { state } = deploy({ name: "a" }, null, "google_soft_thing");
    provider.applyResource("google_soft_thing", { prior: state, planned: null, config: null });
    expect(provider.readResource("google_soft_thing", state)).toEqual({ state: null, diagnostics: [] });
    expect(store.deletedOfType("google_soft_thing", 8)).toMatchObject([{ identity: "things/a", deletedAt: 7 }]);
  });

  it("reads what someone changed, and null for what someone deleted", () => {
    const { state } = deploy({ name: "a", note: "n" });
    const record = store.get("dev", "google_thing", "things/a");
    if (record === undefined) throw new Error("nothing was stored");
    store.put({ ...record, values: { ...record.values, note: "by hand" } });
    expect(provider.readResource("google_thing", state).state).toMatchObject({ note: "by hand" });
    store.remove("dev", record.address);
    expect(provider.readResource("google_thing", state)).toEqual({ state: null, diagnostics: [] });
    expect(deploy({ name: "a", note: "m" }, state)).toMatchObject({
      state,
      diagnostics: [{ summary: expect.stringContaining("404") }],
    });
  });

  it("names the place of a record that does not fit its schema", () => {
    const { state } = deploy({ name: "a" });
    store.put({
      stack: "dev",
      type: "google_thing",
      identity: "things/a",
      values: { name: "a", note: { not: "text" } },
    });
    expect(provider.readResource("google_thing", state)).toMatchObject({
      state,
      diagnostics: [{ summary: "The record does not fit its schema: note is not a string" }],
    });
  });

  it("keeps the stacks apart", () => {
    const { state } = deploy({ name: "a" });
    expect(providerOf("prod").readResource("google_thing", state).state).toBeNull();
  });

  it("imports the whole resource, and says of what does not exist that it does not", () => {
    const { state } = deploy({ name: "a", note: "n" });
    expect(provider.importResource("google_thing", "a")).toEqual({ state, diagnostics: [] });
    expect(provider.importResource("google_thing", "b")).toMatchObject({
      state: null,
      diagnostics: [{ summary: "Cannot import non-existent remote object", detail: expect.stringContaining('"b"') }],
    });
  });

  it("fits a state of another version to the schema, and refuses one that cannot be", () => {
    expect(provider.upgradeState("google_thing", { id: "i", name: "a", gone: true })).toEqual({
      state: wire({ id: "i", name: "a" }),
      diagnostics: [],
    });
    expect(provider.upgradeState("google_thing", { name: {} })).toMatchObject({ diagnostics: [{ severity: "error" }] });
    expect(provider.upgradeState("google_thing", null)).toEqual({ state: null, diagnostics: [] });
    expect(provider.upgradeState("google_none", {})).toMatchObject({
      diagnostics: [{ summary: "Provider google 6.50.0 has no google_none" }],
    });
  });

  it("checks configurations of types that it does not play, and says that it cannot plan them", () => {
    expect(provider.validateResource("google_unplayed", wire({ name: "a" }))).toEqual([]);
    const change = { prior: null, proposed: wire({ name: "a" }), config: wire({ name: "a" }) };
    const unplayed = { summary: "The twin has no rules for google_unplayed" };
    expect(provider.planResource("google_unplayed", change).diagnostics).toMatchObject([unplayed]);
    expect(provider.applyResource("google_unplayed", { ...change, planned: null }).diagnostics).toMatchObject([
      unplayed,
    ]);
    expect(provider.readResource("google_unplayed", wire({})).diagnostics).toMatchObject([unplayed]);
    expect(provider.importResource("google_unplayed", "i").diagnostics).toMatchObject([unplayed]);
    expect(provider.readDataSource("google_unplayed", wire({})).diagnostics).toMatchObject([
      { summary: "The twin has no rules for data.google_unplayed" },
    ]);
  });

  it("validates at the argument", () => {
    expect(provider.validateResource("google_thing", wire({ name: "bad" }))).toEqual([
      { severity: "error", summary: "bad name", detail: undefined, path: [{ attributeName: "name" }] },
    ]);
    expect(provider.validateResource("google_thing", { ...wire({}), name: UNKNOWN })).toEqual([]);
  });

  it("reads projects and resources as data", () => {
    const data = loadSchemas("google").dataSource("google_project") ?? schema;
    expect(provider.readDataSource("google_project", toWire(data, {})).state).toMatchObject({
      project_id: "data-dev",
      number: "71",
    });
    expect(provider.readDataSource("google_project", toWire(data, { project_id: "71" })).state).toMatchObject({
      name: "data-dev",
    });
    expect(provider.readDataSource("google_project", toWire(data, { project_id: "none" })).diagnostics).toHaveLength(1);
    const { state } = deploy({ name: "a" });
    expect(provider.readDataSource("google_thing", wire({ name: "a" })).state).toEqual(state);
    expect(provider.readDataSource("google_thing", wire({ name: "b" })).diagnostics).toMatchObject([
      { severity: "error" },
    ]);
    expect(provider.readDataSource("google_none", wire({})).diagnostics).toHaveLength(1);
  });
});

describe("the project of the provider block", () => {
  it("is that of resources which name none", () => {
    const google = loadSchemas("google");
    const provider = new TwinProvider({
      schemas: google,
      rules: resourceRules,
      context: () => ({ stack: "dev", project: undefined, projects: [], store: new ResourceStore(), now: 0 }),
    });
    const account = google.resource("google_service_account");
    if (account === undefined) throw new Error("no schema");
    const config = toWire(account, { account_id: "runner" });
    const project = () =>
      provider.planResource("google_service_account", { prior: null, proposed: config, config }).state;
    expect(project()).toMatchObject({ project: UNKNOWN });
    expect(provider.configure(toWire(google.configuration, { project: "p", region: "r" }))).toEqual([]);
    expect(project()).toMatchObject({ project: "p" });
    provider.configure(toWire(google.configuration, {}));
    expect(project()).toMatchObject({ project: UNKNOWN });
  });
});
