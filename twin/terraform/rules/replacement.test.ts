import { withDefaults } from "./defaults";
import { isEqual, replacingChanges } from "./replacement";
import { type ResourceRules, UNKNOWN } from "./resource-rules";
import { rulesOf } from "./testing/rules-fixture";
import { valuesAt } from "./values";

const rules: ResourceRules = {
  forceNew: ["name", "block.inner.key", "managed"],
  defaults: { mode: "ON", count: 0, "block.inner.size": 3, "absent.x": 1 },
  identity: () => "",
  computed: () => ({}),
};

describe("which changes replace a resource", () => {
  const before = { name: "a", other: 1, block: { inner: [{ key: "k" }] }, managed: [{ domains: ["d"] }] };

  it.each([
    ["nothing", {}, []],
    ["another argument", { other: 2 }, []],
    ["a block with and without its list", { block: [{ inner: { key: "k" } }], managed: { domains: ["d"] } }, []],
    ["a name", { name: "b" }, [["name"]]],
    ["a name that is not known", { name: UNKNOWN }, [["name"]]],
    ["a name left out", { name: null }, [["name"]]],
    ["an argument deep in blocks", { block: { inner: [{ key: "l" }] } }, [["block", 0, "inner", 0, "key"]]],
    ["a block that goes", { block: [] }, [["block", 0, "inner", 0, "key"]]],
    ["a block that is not known", { block: UNKNOWN }, [["block"]]],
    ["something inside a block that is marked as a whole", { managed: { domains: ["e"] } }, [["managed"]]],
  ])("%s", (_name, change, paths) => {
    expect(replacingChanges(rules, before, { ...before, ...change })).toEqual(paths);
  });

  it.each([
    ["google_iam_workload_identity_pool", "workload_identity_pool_id", "display_name"],
    ["google_iam_oauth_client", "oauth_client_id", "allowed_redirect_uris"],
    ["google_compute_managed_ssl_certificate", "managed", "lifecycle"],
    ["google_cloud_run_v2_service", "location", "template"],
    ["google_compute_backend_service", "name", "load_balancing_scheme"],
    ["google_service_account_iam_member", "member", "etag"],
    ["azuread_application_password", "end_date_relative", "value"],
    ["azuread_service_principal", "client_id", "app_role_assignment_required"],
    ["google_iap_settings", "name", "access_settings"],
  ])("in %s: %s, not %s", (type, replacing, updating) => {
    const old = { [replacing]: "a", [updating]: "a" };
    expect(replacingChanges(rulesOf(type), old, { ...old, [replacing]: "b" })).toEqual([[replacing]]);
    expect(replacingChanges(rulesOf(type), old, { ...old, [updating]: "b" })).toEqual([]);
  });
});

describe("when two values mean the same", () => {
  it.each([
    [null, undefined],
    ["", null],
    [[], null],
    [false, null],
    [{ a: 1 }, [{ a: 1, b: null }]],
    [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ],
  ])("%j and %j", (left, right) => {
    expect(isEqual(left, right)).toBe(true);
  });

  it.each([
    [1, 2],
    [
      ["a", "b"],
      ["b", "a"],
    ],
    [{}, null],
    ["true", true],
    [UNKNOWN, UNKNOWN],
    [{ a: UNKNOWN }, { a: 1 }],
  ])("not %j and %j", (left, right) => {
    expect(isEqual(left, right)).toBe(false);
  });
});

describe("defaults", () => {
  it("stand for what was left out, also in blocks that are there, and in no others", () => {
    expect(withDefaults(rules, { block: [{ inner: [{ key: "k" }, { size: 5 }] }] })).toEqual({
      mode: "ON",
      count: 0,
      block: [{ inner: [{ key: "k", size: 3 }, { size: 5 }] }],
    });
    expect(withDefaults(rules, { mode: null, count: 7, block: { inner: { key: "k" } } })).toEqual({
      mode: "ON",
      count: 7,
      block: { inner: { key: "k", size: 3 } },
    });
  });

  it("leave what is not known as it is", () => {
    expect(withDefaults(rules, { mode: UNKNOWN, block: UNKNOWN })).toMatchObject({ mode: UNKNOWN, block: UNKNOWN });
  });
});

describe("values at a path", () => {
  it("are found in every block, each with its place", () => {
    expect(valuesAt({ a: [{ b: 1 }, { b: null }, { b: { c: 2 } }, UNKNOWN] }, "a.b")).toEqual([
      { path: ["a", 0, "b"], value: 1 },
      { path: ["a", 2, "b"], value: { c: 2 } },
    ]);
    expect(valuesAt({ a: UNKNOWN }, "a.b")).toEqual([]);
  });
});
