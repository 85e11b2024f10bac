import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ServiceAccountKey } from "@cdktf/provider-google/lib/service-account-key";
import { App, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { z } from "zod";
import { enforcePolicies, exceptionsOutput, PolicyError, policyRules } from "../constructs/policy";
import { FederatedWorkload } from "../examples/federated-workload";
import { OrganizationGuardrails } from "../examples/organization-guardrails";
import { withPolicies } from "../examples/policies-in-another-app";
import { WatchedProject } from "../examples/watched-project";
import { inventoryOf } from "./support/inventory";

const root = join(__dirname, "..");
const directory = join(root, "examples");
const stacks: Readonly<Record<string, new (scope: Construct, id: string) => TerraformStack>> = {
  "federated-workload": FederatedWorkload,
  "organization-guardrails": OrganizationGuardrails,
  "watched-project": WatchedProject,
};
const files = [...Object.keys(stacks), "policies-in-another-app"];
/** `KEYLESS_WRITE_INVENTORY=1 npx jest test/examples.test.ts` writes the inventories anew. */
const writes = process.env["KEYLESS_WRITE_INVENTORY"] === "1";

let outdir: string;
beforeAll(() => {
  outdir = mkdtempSync(join(tmpdir(), "keyless-examples-"));
});
afterAll(() => rmSync(outdir, { recursive: true, force: true }));

const stackJson = z.looseObject({ output: z.record(z.string(), z.looseObject({ value: z.unknown() })).default({}) });
const synthesized = (name: string) =>
  stackJson.parse(JSON.parse(readFileSync(join(outdir, "stacks", name, "cdk.tf.json"), "utf8")));
const newApp = () => new App({ outdir, skipValidation: true, stackTraces: false });

describe("the examples", () => {
  it.each(Object.entries(stacks))("%s becomes what its inventory lists, and breaks no policy", (name, Stack) => {
    const app = newApp();
    new Stack(app, name);
    enforcePolicies(app);
    app.synth();
    const inventory = inventoryOf(synthesized(name));
    const file = join(directory, "inventory", `${name}.yaml`);
    if (writes) writeFileSync(file, inventory);
    expect(existsSync(file)).toBe(true);
    expect(inventory).toBe(readFileSync(file, "utf8"));
  });

  it.each(files)("%s stands in the documentation as it is run here", (name) => {
    const text = readFileSync(join(directory, `${name}.ts`), "utf8").trim();
    expect(readFileSync(join(root, "docs", "constructs.md"), "utf8")).toContain(`\`\`\`ts\n${text}\n\`\`\``);
  });

  it("stand beside a list of all rules, as these are worded", () => {
    const page = readFileSync(join(root, "docs", "constructs.md"), "utf8");
    const listed = [...page.matchAll(/^\| `([a-z-]+)` \| (.+) \|$/gm)].map(([, rule, forbids]) => [rule, forbids]);
    expect(listed).toEqual(Object.entries(policyRules).map(([rule, { forbids }]) => [rule, forbids]));
  });

  it("of an exception lets the one construct pass until its day, and shows it in an output", () => {
    const declare = () => {
      const app = newApp();
      const scanner = new Construct(new TerraformStack(app, "legacy"), "scanner");
      new ServiceAccountKey(scanner, "key", { serviceAccountId: "scanner@example-data.iam.gserviceaccount.com" });
      return app;
    };
    const inTime = declare();
    withPolicies(inTime, new Date("2026-09-30T23:00:00Z"));
    inTime.synth();
    expect(synthesized("legacy").output[exceptionsOutput]?.value).toEqual([
      expect.objectContaining({ owner: "plant-it@example.com", expires: "2026-09-30" }),
    ]);
    const late = declare();
    withPolicies(late, new Date("2026-10-01T00:00:00Z"));
    expect(() => late.synth()).toThrow(PolicyError);
  });
});
