import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadSchemas } from "../twin/terraform/schema";
import { synthesizedEnvironments } from "./support/synthesized-environment";

const root = join(__dirname, "..");
const trapCount = 57;

/** `| 1 | trap | what Keyless does | file: \`title\` |` */
const row = /^\| (\d+) \| .+ \| .+ \| (\S+\.test\.ts): `([^`]+)` \|$/;
const rows = readFileSync(join(root, "docs", "traps.md"), "utf8")
  .split("\n")
  .filter((line) => /^\| \d/.test(line))
  .map((line) => {
    const [, number = "", file = "", title = ""] = row.exec(line) ?? [];
    return { line, number: Number(number), file, title };
  });

describe("the list of traps", () => {
  it("has a row for each, in order", () => {
    expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: trapCount }, (_, index) => index + 1));
  });

  it.each(rows)("trap $number names a test that is there: $file", ({ file, title }) => {
    expect(existsSync(join(root, file))).toBe(true);
    expect(title.length).toBeGreaterThan(5);
    expect(readFileSync(join(root, file), "utf8")).toContain(title);
  });

  it("names no trap that is not listed", () => {
    for (const { file, number } of rows) {
      const named = [...readFileSync(join(root, file), "utf8").matchAll(/trap (\d+)/g)].map(([, text]) => Number(text));
      for (const trap of named) expect([file, number, trap <= trapCount]).toEqual([file, number, true]);
    }
  });
});

describe("the provider", () => {
  it("knows none of the arguments that IAP directly on Cloud Run would take (trap 24)", () => {
    const service = loadSchemas("google").resource("google_cloud_run_v2_service");
    expect(service?.attributes["ingress"]).toBeDefined();
    for (const argument of ["iap_enabled", "default_uri_disabled"])
      expect(service?.attributes[argument]).toBeUndefined();
  });
});

describe.each(synthesizedEnvironments())("$name", ({ environment }) => {
  it("declares Entra applications by split resources only (trap 45)", () => {
    expect(environment.ofType("azuread_application")).toEqual([]);
    expect(environment.ofType("azuread_application_registration").length).toBeGreaterThan(1);
  });

  it("states the version of tokens for every application, whichever resource declares it (trap 56)", () => {
    for (const values of environment.ofType("azuread_application_registration"))
      expect(values["requested_access_token_version"]).toBe(2);
  });
});
