import { readFileSync } from "node:fs";
import { join } from "node:path";
import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { App, TerraformOutput, TerraformStack, TerraformVariable, Testing } from "cdktf";
import { transformSync } from "esbuild";
import * as access from "../constructs/access";
import * as federation from "../constructs/federation";
import * as claims from "../facts/issuer-claims";
import { projectDirectory } from "../twin/runner/project-directory";

const text = readFileSync(join(projectDirectory(), "docs", "federation.md"), "utf8");

describe("docs/federation.md", () => {
  it("holds code that makes a stack, in the order of the page", () => {
    const blocks = [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code]) => code ?? "");
    expect(blocks.length).toBeGreaterThanOrEqual(5);
    const source = `${blocks.join("\n")}\nreturn stack;`;
    const { code } = transformSync(`function page() {${source}}`, { loader: "ts" });
    const app = Testing.stubVersion(new App({ stackTraces: false }));
    const secret = new TerraformVariable(new TerraformStack(app, "variables"), "secret", { type: "string" });
    const given = { ...federation, ...access, app, secret, TerraformStack, TerraformOutput };
    const run = new Function(...Object.keys(given), `${code}\nreturn page();`);
    const stack: unknown = run(...Object.values(given));
    if (!(stack instanceof TerraformStack)) throw new Error("the page begins with a stack");
    new GoogleProvider(stack, "google", { project: "data-dev" });
    const { resource } = JSON.parse(Testing.synth(stack));
    expect(Object.keys(resource.google_iam_workload_identity_pool_provider)).toHaveLength(3);
    expect(resource.google_service_account_iam_member).toBeDefined();
  });

  it("lists every documented claim with its kind and meaning, and no other", () => {
    const rows = [...text.matchAll(/^\| [^|]+ \| `([^`]+)` \| (identity|text|flag|list) \| (.+) \|$/gm)];
    const listed = rows.map(([, name, kind, meaning]) => `${name} ${kind} ${meaning}`).sort();
    const documented = Object.values(claims).flatMap((issuer) =>
      Object.entries(issuer).map(([name, { kind, meaning }]) => `${name} ${kind} ${meaning}`),
    );
    expect(listed).toEqual(documented.sort());
  });
});
