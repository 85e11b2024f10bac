import { planText } from "../testing/plan-fixture";
import { PlanError } from "./plan-error";
import { readPlanJson } from "./plan-json";

const refusal = (text: string): string => {
  try {
    readPlanJson(text, "prod");
  } catch (error) {
    if (error instanceof PlanError) return error.message;
    throw error;
  }
  throw new Error("was read");
};

const withChange = (change: unknown): string => {
  const plan = JSON.parse(planText([{ actions: ["create"], after: {} }]));
  return JSON.stringify({ ...plan, resource_changes: [change] });
};

describe("a plan's JSON", () => {
  it("is read in any 1.x format, and keys that are not known are passed over", () => {
    const text = planText([{ actions: ["create"], after: { a: 1 } }], {
      format_version: "1.99",
      news: { from: "2030" },
    });
    expect(readPlanJson(text, "prod").resource_changes).toHaveLength(1);
  });

  it("may lack every part but its version", () => {
    expect(readPlanJson('{"format_version":"1.0"}', "prod").resource_changes).toBeUndefined();
  });

  it.each([
    ["2.0", "prod: format version 2.0 of Terraform's plan is not supported; 1.x is"],
    ["0.2", "prod: format version 0.2 of Terraform's plan is not supported; 1.x is"],
    ["one", "prod: format_version is no version number"],
  ])("of format version %s is refused", (version, message) => {
    expect(refusal(planText([], { format_version: version }))).toBe(message);
  });

  it.each([
    ["", "prod: not JSON: the file is empty"],
    ["{", "prod: not JSON"],
    [
      "PK\u0003\u0004",
      'prod: not JSON: this is the plan file itself; give the output of "terraform show -json PLANFILE"',
    ],
    [
      '{"@level":"info"}\n{"@level":"info"}',
      'prod: not JSON: this is the log of "terraform plan -json"; give the output of "terraform show -json PLANFILE"',
    ],
    ["[]", 'prod: not a Terraform plan: no format_version; give the output of "terraform show -json PLANFILE"'],
    ["null", 'prod: not a Terraform plan: no format_version; give the output of "terraform show -json PLANFILE"'],
    [
      '{"format_version":"1.0","values":{"root_module":{}}}',
      'prod: this is a state, not a plan; give the output of "terraform show -json PLANFILE"',
    ],
    [planText([], { errored: true }), "prod: Terraform met an error while it planned; there is no plan to look at"],
  ])("that is none is refused with its cause in one line: %j", (text, message) => {
    expect(refusal(text)).toBe(message);
  });

  it.each([
    [{ address: "a.b" }, /^prod: not a Terraform plan at resource_changes\.0\.mode: [^\n]+$/],
    [
      { address: "a.b", mode: "managed", type: "a", name: "b", change: { actions: ["explode"] } },
      /^prod: not a Terraform plan at resource_changes\.0\.change\.actions: a combination of actions that is not known here$/,
    ],
    [
      { address: "a.b", mode: "managed", type: "a", name: "b", change: { actions: ["create"], after: ["list"] } },
      /^prod: not a Terraform plan at resource_changes\.0\.change\.after: [^\n]+$/,
    ],
    ["change", /^prod: not a Terraform plan at resource_changes\.0: [^\n]+$/],
  ])("with a malformed change is refused at its place", (change, message) => {
    expect(refusal(withChange(change))).toMatch(message);
  });

  it("with a malformed state is refused, since sensitive values could not be told in it", () => {
    expect(refusal(planText([], { prior_state: { values: { root_module: { resources: [{}] } } } }))).toMatch(
      /^prod: not a Terraform plan at prior_state\.values\.root_module\.resources\.0\.address/,
    );
  });

  it("never gets a piece of its text into the message", () => {
    const secret = "s3cr3t-value";
    expect(refusal(`{"password":"${secret}`)).not.toContain(secret);
    expect(
      refusal(`{"format_version":"1.0","output_changes":{"${secret} x":{"actions":["${secret}"]}}}`),
    ).not.toContain(secret);
  });

  it("nested too deep is refused", () => {
    expect(refusal(`${'{"a":'.repeat(200)}1${"}".repeat(200)}`)).toBe("prod: nested deeper than 100 levels");
  });
});
