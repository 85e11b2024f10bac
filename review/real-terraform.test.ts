import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "../analysis";
import { detectDrift, driftMarkdown, PlanError, readStackPlan, reviewMarkdown, reviewPlans } from ".";

/** Plans that `terraform` itself makes; terraform_data is built in, so no provider is needed. */

const installed = (() => {
  try {
    execFileSync("terraform", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();
const withTerraform = installed ? describe : describe.skip;

const secret = "hunter2-of-the-variable";
const reference = (to: string): string => `\${${to}}`;
const data = (resources: JsonObject, more: JsonObject = {}): JsonObject => ({
  variable: { secret: { sensitive: true, default: secret } },
  resource: { terraform_data: resources },
  ...more,
});

const first = data({
  kept: { input: "x" },
  updated: { input: { count: 1, password: reference("var.secret") } },
  replaced: { input: "1", triggers_replace: ["one"] },
  swapped: { input: "1", triggers_replace: ["one"], lifecycle: { create_before_destroy: true } },
  gone: { input: "bye" },
  old: { input: "moved" },
  forgotten: { input: "f" },
  hostile: { for_each: reference('toset(["a|b", "`c`", "@octocat\\n#1"])'), input: reference("each.key") },
});

const second = data(
  {
    kept: { input: "x" },
    updated: { input: { count: 2, password: reference("var.secret") } },
    replaced: { input: "1", triggers_replace: ["two"] },
    swapped: { input: "1", triggers_replace: ["two"], lifecycle: { create_before_destroy: true } },
    new: { input: "moved" },
    created: { input: reference("terraform_data.replaced.id") },
    imported: {},
  },
  {
    moved: [{ from: "terraform_data.old", to: "terraform_data.new" }],
    import: [{ to: "terraform_data.imported", id: "some-id" }],
    removed: [{ from: "terraform_data.forgotten", lifecycle: { destroy: false } }],
    output: { id: { value: reference("terraform_data.created.id") } },
  },
);

withTerraform(`plans of real Terraform${installed ? "" : " (skipped: terraform is not on the PATH)"}`, () => {
  let folder = "";

  const terraform = (...args: readonly string[]): string =>
    execFileSync("terraform", [...args], {
      cwd: folder,
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
      stdio: ["ignore", "pipe", "ignore"],
      env: {
        ...process.env,
        CHECKPOINT_DISABLE: "1",
        TF_CLI_CONFIG_FILE: join(folder, "terraform.rc"),
        TF_IN_AUTOMATION: "1",
      },
    });

  const declare = (configuration: JsonObject): void =>
    writeFileSync(join(folder, "main.tf.json"), JSON.stringify(configuration));

  const planned = (...options: readonly string[]): string => {
    terraform("plan", "-input=false", "-no-color", "-out", "plan", ...options);
    return terraform("show", "-json", "plan");
  };

  const read = (text: string) => readStackPlan(text, { stack: "dev" });

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "keyless-review-"));
    writeFileSync(join(folder, "terraform.rc"), "");
    declare(first);
    terraform("init", "-input=false", "-no-color");
  }, 60_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("are read through the life of a stack: create, change, refresh, destroy", () => {
    const created = read(planned());
    expect(new Set(created.changes.map(({ action }) => action))).toEqual(new Set(["create"]));
    terraform("apply", "-input=false", "plan");
    expect(reviewPlans([read(planned())]).exitCode).toBe(0);

    const refreshed = detectDrift([read(planned("-refresh-only"))], [], new Date(0));
    expect(refreshed.exitCode).toBe(0);
    expect(refreshed.notCovered.map(({ type }) => type)).toEqual(["terraform_data"]);
    expect(driftMarkdown(refreshed)).toContain("Nothing that a refresh can see");

    declare(second);
    const text = planned();
    const plan = read(text);
    expect(
      Object.fromEntries(plan.changes.map(({ address, action }) => [address.replace("terraform_data.", ""), action])),
    ).toEqual({
      created: "create",
      forgotten: "forget",
      gone: "delete",
      'hostile["@octocat\\n#1"]': "delete",
      'hostile["`c`"]': "delete",
      'hostile["a|b"]': "delete",
      imported: "import",
      kept: "no-op",
      new: "move",
      replaced: "replace",
      swapped: "replace",
      updated: "update",
    });
    expect(
      plan.changes
        .filter(({ action }) => action === "replace")
        .map(({ address, replaceOrder }) => [address, replaceOrder]),
    ).toEqual([
      ["terraform_data.replaced", "delete first"],
      ["terraform_data.swapped", "create first"],
    ]);
    const review = reviewPlans([plan]);
    const markdown = reviewMarkdown(review);
    expect(review.exitCode).toBe(3);
    expect(markdown).toContain("forced by `triggers_replace`");
    expect(markdown).toContain("Known after apply: `id`, `input` (from `terraform_data.replaced.id`), `output`.");
    expect(text).toContain(secret);
    expect(markdown + JSON.stringify(plan)).not.toContain(secret);

    const destroyed = read(planned("-destroy"));
    expect(new Set(destroyed.changes.map(({ action }) => action))).toEqual(new Set(["delete"]));
  }, 120_000);

  it("are told from what else Terraform writes", () => {
    const message = (text: string): string => {
      try {
        read(text);
      } catch (error) {
        if (error instanceof PlanError) return error.message;
        throw error;
      }
      throw new Error("was read");
    };
    declare(first);
    planned();
    expect(message(readFileSync(join(folder, "plan"), "latin1"))).toContain("this is the plan file itself");
    expect(message(terraform("plan", "-json", "-input=false"))).toContain('this is the log of "terraform plan -json"');
    expect(message(terraform("show", "-json"))).toContain("this is a state, not a plan");
    expect(message(readFileSync(join(folder, "terraform.tfstate"), "utf8"))).toContain("no format_version");
  }, 60_000);
});
