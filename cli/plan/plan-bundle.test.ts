import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkPlan, PlanRefused } from "./apply-plan";
import { makePlan } from "./make-plan";
import { PlanBundle } from "./plan-bundle";
import { StackDirectory } from "./stack-directory";
import { hasTerraform, ScratchStack } from "./testing";

const withTerraform = hasTerraform() ? describe : describe.skip;
const conditions = { target: "twin", approved: false } as const;

withTerraform("a saved plan", () => {
  let scratch: ScratchStack;
  let stack: StackDirectory;
  let bundle: PlanBundle;

  beforeEach(async () => {
    scratch = new ScratchStack();
    stack = new StackDirectory({ stack: "dev", directory: scratch.directory });
    bundle = new PlanBundle(join(scratch.root, "plans", "dev"));
    await stack.init();
  });
  afterEach(() => scratch.remove());

  const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
  const refusal = async (overrides: Partial<Parameters<typeof checkPlan>[2]> = {}) => {
    const refused = await checkPlan(stack, bundle, { ...conditions, ...overrides }).catch((error: unknown) => error);
    if (!(refused instanceof PlanRefused)) throw refused;
    return refused;
  };
  const alterManifest = (alter: (manifest: Record<string, unknown>) => void) => {
    const file = join(bundle.directory, "manifest.json");
    const manifest = JSON.parse(readFileSync(file, "utf8"));
    alter(manifest);
    writeFileSync(file, JSON.stringify(manifest));
  };

  it("is readable by its owner only", async () => {
    await makePlan(stack, bundle, "twin");
    expect(modeOf(bundle.directory)).toBe("700");
    for (const name of ["tfplan", "manifest.json", "review.json"]) {
      expect([name, modeOf(join(bundle.directory, name))]).toEqual([name, "600"]);
    }
  });

  it("is applied as it was made", async () => {
    const made = await makePlan(stack, bundle, "twin");
    expect(made.review.exitCode).toBe(2);
    expect((await checkPlan(stack, bundle, conditions)).exitCode).toBe(2);
    await stack.apply(bundle.planFile);
    expect((await makePlan(stack, bundle, "twin")).review.exitCode).toBe(0);
  });

  it("takes the place of an earlier plan, and of nothing else", async () => {
    await makePlan(stack, bundle, "twin");
    await makePlan(stack, bundle, "twin");
    writeFileSync(join(bundle.directory, "notes.txt"), "mine");
    await expect(makePlan(stack, bundle, "twin")).rejects.toThrow(/holds something else than a plan/);
    expect(readFileSync(join(bundle.directory, "notes.txt"), "utf8")).toBe("mine");
  });

  it("closes a folder that was open to others", async () => {
    mkdirSync(bundle.directory, { recursive: true });
    chmodSync(bundle.directory, 0o755);
    await makePlan(stack, bundle, "twin");
    expect(modeOf(bundle.directory)).toBe("700");
  });

  it("is refused for another environment and for another target", async () => {
    await makePlan(stack, bundle, "twin");
    expect(await refusal({ target: "google" })).toMatchObject({ reason: "other-target" });
    const staging = new StackDirectory({ stack: "staging", directory: scratch.directory });
    await expect(checkPlan(staging, bundle, conditions)).rejects.toMatchObject({
      reason: "other-stack",
      message: `${bundle.directory} holds a plan of dev, not of staging.`,
    });
  });

  it("is refused once the program declares something else", async () => {
    await makePlan(stack, bundle, "twin");
    scratch.declare({ one: { input: "b" } });
    expect((await refusal()).message).toBe(
      "dev: what the program declares is no longer what was planned. Plan again: keyless plan dev",
    );
  });

  it("is refused when the plan file is another one", async () => {
    await makePlan(stack, bundle, "twin");
    scratch.declare({ one: { input: "b" } });
    await stack.plan(bundle.planFile);
    scratch.declare({ one: { input: "a" } });
    expect((await refusal()).message).toContain("the plan file is not the one that its manifest names");
  });

  it("is refused when plan file and digest were both exchanged: what it does is not what was reviewed", async () => {
    await makePlan(stack, bundle, "twin");
    scratch.declare({ one: { input: "b" } });
    await stack.plan(bundle.planFile);
    scratch.declare({ one: { input: "a" } });
    const plan = await bundle.planDigest();
    alterManifest((manifest) => Object.assign(Object(manifest["digests"]), { plan }));
    expect((await refusal()).message).toContain("the plan does something else than its manifest says");
  });

  it("is refused for another version of Terraform", async () => {
    await makePlan(stack, bundle, "twin");
    alterManifest((manifest) => Object.assign(manifest, { terraformVersion: "1.4.0" }));
    expect((await refusal()).message).toMatch(/made by terraform 1\.4\.0, this is \d/);
  });

  it("is refused when providers' checksums have changed", async () => {
    await makePlan(stack, bundle, "twin");
    writeFileSync(join(scratch.directory, ".terraform.lock.hcl"), "# other\n");
    expect((await refusal()).message).toContain("lock file");
  });

  it("needs approval where it destroys, whatever the manifest says", async () => {
    await makePlan(stack, bundle, "twin");
    await stack.apply(bundle.planFile);
    scratch.declare({});
    expect((await makePlan(stack, bundle, "twin")).review.exitCode).toBe(3);
    expect(await refusal()).toMatchObject({
      reason: "needs-approval",
      exitCode: 3,
      message: "dev: this plan needs approval (1 destroyed or replaced). After looking at it, add --approve.",
    });
    expect((await checkPlan(stack, bundle, { ...conditions, approved: true })).exitCode).toBe(3);
  });

  it.each([
    ["no JSON", "{"],
    ["another form", JSON.stringify({ format: "keyless plan 2" })],
    ["a stack's name that climbs out", JSON.stringify({ format: "keyless plan 1", stack: "../../etc" })],
  ])("is refused with a manifest of %s", async (_, text) => {
    await makePlan(stack, bundle, "twin");
    writeFileSync(join(bundle.directory, "manifest.json"), text);
    await expect(checkPlan(stack, bundle, conditions)).rejects.toThrow(/manifest\.json is no manifest of a plan/);
  });

  it.each(["{", "[1]", JSON.stringify([{ account: "a", role: "r", member: "m", condition: "", more: 1 }])])(
    "is refused with a list of grants that is none: %s",
    async (text) => {
      await makePlan(stack, bundle, "twin", { refreshOnly: true });
      writeFileSync(join(bundle.directory, "foreign-grants.json"), text);
      await expect(bundle.foreignGrants()).rejects.toThrow(/foreign-grants\.json is no list of grants\. Plan again\.$/);
    },
  );

  it("says that nobody has looked at policies, unless it is refresh-only", async () => {
    await makePlan(stack, bundle, "twin");
    expect(await bundle.foreignGrants()).toBeUndefined();
    await makePlan(stack, bundle, "twin", { refreshOnly: true });
    // No account, no policy; but somebody has looked.
    expect(await bundle.foreignGrants()).toEqual([]);
  });

  it("is missed in one line", async () => {
    await expect(checkPlan(stack, bundle, conditions)).rejects.toThrow(
      /^\S+plans\/dev holds no plan\. Make one: keyless plan/,
    );
  });

  it("has the fingerprint of what it does: the same at another time, another for another change", async () => {
    const first = (await makePlan(stack, bundle, "twin")).manifest;
    const second = (await makePlan(stack, bundle, "twin")).manifest;
    expect(second.fingerprint).toBe(first.fingerprint);
    scratch.declare({ one: { input: "b" } });
    expect((await makePlan(stack, bundle, "twin")).manifest.fingerprint).not.toBe(first.fingerprint);
  });
});
