import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PlanError } from "../plan/plan-error";
import { changeOf, planOf, planText } from "../testing/plan-fixture";
import { configurationAddress } from "./read-change";
import { readStackPlan } from "./stack-plan";

const actionOf = (actions: readonly string[], more = {}) =>
  planOf([{ actions, before: { a: 1 }, after: { a: 2 }, ...more }]).changes[0];

describe("a stack's plan", () => {
  it.each([
    [["create"], "create", undefined],
    [["update"], "update", undefined],
    [["delete"], "delete", undefined],
    [["delete", "create"], "replace", "delete first"],
    [["create", "delete"], "replace", "create first"],
    [["create", "forget"], "replace", "old one kept"],
    [["no-op"], "no-op", undefined],
    [["read"], "read", undefined],
    [["forget"], "forget", undefined],
  ])("classifies %j", (actions, action, replaceOrder) => {
    const change = actionOf(actions);
    expect([change?.action, change?.replaceOrder]).toEqual([action, replaceOrder]);
  });

  it("tells a move and an import from nothing, and from an update that also moves", () => {
    expect(actionOf(["no-op"], { previousAddress: "a.b" })?.action).toBe("move");
    expect(actionOf(["no-op"], { importing: { id: "i" } })).toMatchObject({ action: "import", importId: "i" });
    expect(actionOf(["no-op"], { importing: {} })?.action).toBe("import");
    expect(actionOf(["update"], { previousAddress: "a.b" })).toMatchObject({
      action: "update",
      previousAddress: "a.b",
    });
  });

  it("gives Terraform's reason in words", () => {
    expect(actionOf(["delete"], { reason: "delete_because_each_key" })?.reason).toBe("for_each no longer has its key");
    expect(actionOf(["delete"], { reason: "delete_because_of_rain" })?.reason).toBe("delete because of rain");
    expect(actionOf(["delete"], { reason: "<b>\n" })?.reason).toBeUndefined();
  });

  it("finds the construct path of every instance of a resource, and of the module around it", () => {
    const paths = new Map([
      ["google_project.p", "dev/a/p"],
      ["module.m", "dev/m"],
    ]);
    const { changes } = planOf(
      [
        { address: 'google_project.p["x.y]"]', actions: ["create"], after: {} },
        { address: "module.m[0].google_project.q", moduleAddress: "module.m[0]", actions: ["create"], after: {} },
        { address: "google_project.unknown", actions: ["create"], after: {} },
      ],
      {},
      paths,
    );
    expect(Object.fromEntries(changes.map(({ address, constructPath }) => [address, constructPath]))).toEqual({
      'google_project.p["x.y]"]': "dev/a/p",
      "module.m[0].google_project.q": "dev/m",
      "google_project.unknown": undefined,
    });
  });

  it.each([
    ['a.b["x"]', "a.b"],
    ['a.b["say \\"]\\" x"]', "a.b"],
    ['module.m["k.1"].a.b[12]', "module.m.a.b"],
  ])("knows %s in the configuration as %s", (address, expected) => {
    expect(configurationAddress(address)).toBe(expected);
  });

  it("is the same in whatever order Terraform lists its changes", () => {
    const changes = [changeOf("b_b", null, { x: 1 }), changeOf("a_a", null, { x: 1 })];
    const [one, other] = [planOf(changes), planOf(changes.toReversed())];
    expect(one.changes).toEqual(other.changes);
  });

  it.each(["", "a b", "../x", "-x", "x".repeat(65)])("has a name that can stand anywhere: not %j", (stack) => {
    expect(() => readStackPlan(planText([]), { stack })).toThrow(PlanError);
  });

  it("of real Terraform is read whole, and its sensitive values are not", () => {
    const text = readFileSync(join(__dirname, "..", "fixtures", "every-action.plan.json"), "utf8");
    const plan = readStackPlan(text, { stack: "dev" });
    expect(plan.changes.map(({ address, action }) => [address, action])).toEqual([
      ["data.terraform_remote_state.r", "read"],
      ["terraform_data.added", "create"],
      ["terraform_data.cbd", "replace"],
      ["terraform_data.forgotten", "forget"],
      ["terraform_data.gone", "delete"],
      ["terraform_data.imported", "update"],
      ["terraform_data.keep", "no-op"],
      ['terraform_data.many["`c`"]', "no-op"],
      ['terraform_data.many["a|b"]', "no-op"],
      ["terraform_data.new", "move"],
      ["terraform_data.rep", "replace"],
      ["terraform_data.upd", "update"],
    ]);
    expect(text).toContain("hunter2");
    expect(JSON.stringify(plan)).not.toContain("hunter2");
    expect(plan.outputs.map(({ name, action }) => [name, action])).toEqual([
      ["o", "update"],
      ["q", "create"],
    ]);
  });
});
