import { createHash } from "node:crypto";
import { outsideCodeSpans } from "../testing/outside-code-spans";
import { type ChangeFixture, changeOf, driftOf } from "../testing/plan-fixture";
import type { DriftAllowance } from "./allow-list";
import { detectDrift } from "./detect-drift";
import { driftKinds } from "./drift-finding";
import { driftJson, driftJsonSchema } from "./drift-json";
import { driftMarkdown } from "./drift-markdown";
import { driftSarif } from "./sarif";

const today = new Date("2026-11-22T12:00:00Z");
const hostile = "x`|@octocat #1 [l](http://x) {0} \u202e\n<b>";
const hostileChange: ChangeFixture = {
  address: `google_project_iam_binding.it[${JSON.stringify(hostile)}]`,
  actions: ["update"],
  before: { role: hostile, project: hostile, members: [] },
  after: { role: hostile, project: hostile, members: [hostile, "allUsers"] },
};
const drift = [
  hostileChange,
  changeOf("google_service_account", { account_id: "a" }, null),
  changeOf("google_project", { labels: { a: "1" } }, { labels: { a: "2" } }),
  changeOf("google_dns_zone", { name: "a" }, { name: "b" }),
];
const allow: readonly DriftAllowance[] = [
  { stack: "dev", address: "google_dns_zone.it", attribute: "name", reason: `because ${hostile}`, until: "2026-12-31" },
  { stack: "dev", address: "google_dns_zone.it", attribute: "ttl", reason: "unused", until: "2026-12-31" },
  { stack: "dev", address: "google_dns_zone.it", attribute: "ttl", reason: "old", until: "2020-01-01" },
];
const more = {
  prior_state: {
    values: {
      root_module: { resources: [{ address: "terraform_data.step", mode: "managed", type: "terraform_data" }] },
    },
  },
};
const report = detectDrift([driftOf(drift, more)], allow, today);

describe("drift in Markdown", () => {
  const markdown = driftMarkdown(report);

  it("begins with the marker and one line that says it all", () => {
    expect(markdown.split("\n").slice(0, 2)).toEqual([
      "<!-- keyless drift stacks=dev -->",
      "dev: 2 changed outside, 1 gone · risk critical · 1 allowed · 1 not covered in full",
    ]);
  });

  it("keeps apart what changed, what is allowed, what is to mend in the list, and what is not covered", () => {
    const titles = [...markdown.matchAll(/^### .*|<summary>.*<\/summary>/gm)].map(([title]) => title);
    expect(titles).toEqual([
      "### Changed outside",
      "<summary>1 finding allowed by the list</summary>",
      "### Entries of the list to mend",
      "### Not covered",
    ]);
    expect(markdown).toContain(
      "- expired on 2020-01-01, allows nothing: `ttl` of `google_dns_zone.it` in `dev`, because `old`",
    );
    expect(markdown).toContain("- unused, no such drift was found: `ttl`");
    expect(markdown).toContain("- 1 × `terraform_data`: it has nothing to read in the cloud");
  });

  it("shows what was applied and what was found", () => {
    expect(markdown).toContain("| attribute | applied | found |");
  });

  it("lets no hostile text out of code spans", () => {
    expect(outsideCodeSpans(markdown)).not.toMatch(/octocat|@|#1|http|<b>/);
  });

  it("says that nothing was found, and still what was not looked at", () => {
    const clean = driftMarkdown(detectDrift([driftOf([], more)], [], today));
    expect(clean).toContain("Nothing that a refresh can see was changed outside of Terraform.");
    expect(clean).toContain("### Not covered");
  });

  it("fits however much there is", () => {
    const much = detectDrift(
      [
        driftOf(
          Array.from({ length: 5000 }, (_, index) => ({
            ...hostileChange,
            address: `google_project_iam_binding.r${index}`,
          })),
        ),
      ],
      [],
      today,
    );
    const long = driftMarkdown(much);
    expect(long.length).toBeLessThanOrEqual(65_000);
    expect(long).toMatch(/\*\*Left out to keep this short:\*\* .*all but the first \d+ findings/);
    expect(long.split("\n")[1]).toContain("5000 changed outside");
  });
});

describe("drift as JSON", () => {
  it("has the form of its schema", () => {
    const json = driftJson(report);
    expect(driftJsonSchema.parse(JSON.parse(JSON.stringify(json)))).toEqual(JSON.parse(JSON.stringify(json)));
    expect(json.exitCode).toBe(3);
    expect(json.changedOutside.map(({ kind }) => kind)).toEqual(["iam-grant", "gone", "bookkeeping"]);
    expect(json.expiredAllowances).toHaveLength(1);
  });
});

describe("drift as SARIF", () => {
  const log = driftSarif(report);
  const [run] = log.runs;

  it("is a 2.1.0 log with one run, whose results name rules that are there", () => {
    expect(log.version).toBe("2.1.0");
    expect(log.$schema).toMatch(/sarif-schema-2\.1\.0\.json$/);
    expect(log.runs).toHaveLength(1);
    expect(run?.tool.driver.name).toBe("keyless");
    const ids = run?.tool.driver.rules.map(({ id }) => id) ?? [];
    expect(ids).toEqual(Object.keys(driftKinds).map((kind) => `drift/${kind}`));
    expect(new Set(ids).size).toBe(ids.length);
    expect(run?.results).toHaveLength(4);
    for (const result of run?.results ?? []) {
      expect(ids[result.ruleIndex]).toBe(result.ruleId);
      expect(["error", "warning", "note"]).toContain(result.level);
      expect(result.rank).toBeGreaterThanOrEqual(0);
      expect(result.rank).toBeLessThanOrEqual(100);
      expect(result.message.text).not.toBe("");
      const [location] = result.locations;
      expect(location?.physicalLocation.artifactLocation.uri).toBe("environments/dev.ts");
      expect(location?.physicalLocation.region.startLine).toBe(1);
    }
  });

  it("gives grave findings as errors, and tolerated ones with their reason as suppressed", () => {
    expect(run?.results.map(({ ruleId, level, suppressions }) => [ruleId, level, suppressions?.[0]?.kind])).toEqual([
      ["drift/iam-grant", "error", undefined],
      ["drift/gone", "error", undefined],
      ["drift/bookkeeping", "note", undefined],
      ["drift/attribute", "note", "external"],
    ]);
    expect(run?.results[3]?.suppressions?.[0]?.justification).toMatch(/^because .*\(until 2026-12-31\)$/);
  });

  it("has fingerprints that stay when the values change, and differ between places", () => {
    const again = driftSarif(
      detectDrift(
        [
          driftOf([
            { ...hostileChange, after: { role: hostile, project: hostile, members: ["allAuthenticatedUsers"] } },
          ]),
        ],
        [],
        today,
      ),
    );
    const fingerprints = run?.results.map(({ partialFingerprints }) => partialFingerprints["keylessDrift/v1"]) ?? [];
    expect(again.runs[0]?.results[0]?.partialFingerprints["keylessDrift/v1"]).toBe(fingerprints[0]);
    expect(new Set(fingerprints).size).toBe(4);
    expect(fingerprints[1]).toBe(
      createHash("sha256").update('["gone","dev","google_service_account.it","(resource)"]').digest("hex"),
    );
  });

  it("escapes what would be a link or a placeholder in a message", () => {
    const text = run?.results[0]?.message.text ?? "";
    expect(text).toContain("\\[l\\](http://x) {{0}}");
    expect(text).not.toMatch(/[\u202e\n]/);
  });

  it("notes what is not covered, and entries to mend, as notifications and not as results", () => {
    expect(run?.invocations[0]?.toolExecutionNotifications.map(({ descriptor }) => descriptor.id)).toEqual([
      "drift/not-covered",
      "drift/allow-list",
      "drift/allow-list",
    ]);
  });
});
