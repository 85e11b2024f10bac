import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { driftCommand } from "./drift";
import { reviewCommand } from "./review";
import { UserError } from "./user-error";

const change = {
  address: "google_project_iam_member.m_1",
  mode: "managed",
  type: "google_project_iam_member",
  name: "m_1",
  change: { actions: ["create"], before: null, after: { role: "roles/owner", member: "user:a@x", project: "p" } },
};
const plan = { format_version: "1.2", planned_values: {}, resource_changes: [change] };
const drift = {
  format_version: "1.2",
  planned_values: {},
  resource_drift: [{ ...change, change: { ...change.change, actions: ["update"], before: { role: "roles/owner" } } }],
};

describe("the commands that report on plans", () => {
  let folder = "";
  let printed = "";
  let warned = "";
  const file = (name: string): string => join(folder, name);
  const stacksFolder = (): string => file("stacks");

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "keyless-review-cli-"));
    mkdirSync(join(folder, "stacks", "prod"), { recursive: true });
    writeFileSync(file("stacks/prod/plan.json"), JSON.stringify(plan));
    writeFileSync(file("drift.json"), JSON.stringify(drift));
    writeFileSync(
      file("stacks/prod/cdk.tf.json"),
      JSON.stringify({
        resource: { google_project_iam_member: { m_1: { "//": { metadata: { path: "prod/access/m" } } } } },
      }),
    );
    printed = "";
    warned = "";
    jest.spyOn(process.stdout, "write").mockImplementation((text) => {
      printed += String(text);
      return true;
    });
    jest.spyOn(process.stderr, "write").mockImplementation((text) => {
      warned += String(text);
      return true;
    });
  });

  afterEach(() => {
    jest.restoreAllMocks();
    rmSync(folder, { recursive: true, force: true });
  });

  it("review: prints Markdown with construct paths and returns the exit code", async () => {
    expect(await reviewCommand({ plans: [file("stacks/prod/plan.json")], stacksFolder: stacksFolder() })).toBe(3);
    expect(printed.split("\n")[1]).toBe("prod: +1 ~0 -/+0 -0 · risk critical · needs approval");
    expect(printed).toContain("`prod/access/m`");
    expect(warned).toBe("");
  });

  it("review: prints JSON, and writes both to files", async () => {
    const options = { json: true, markdownFile: file("review.md"), jsonFile: file("review.json") };
    await reviewCommand({ plans: [`prod=${file("stacks/prod/plan.json")}`], stacksFolder: stacksFolder(), ...options });
    expect(JSON.parse(printed).stacks[0].access[0].constructPath).toBe("prod/access/m");
    expect(readFileSync(file("review.json"), "utf8")).toBe(printed);
    expect(readFileSync(file("review.md"), "utf8")).toContain("<!-- keyless review stacks=prod -->");
  });

  it("review: says that a stack goes by addresses where its cdk.tf.json is not there", async () => {
    await reviewCommand({ plans: [`dev=${file("stacks/prod/plan.json")}`], stacksFolder: stacksFolder() });
    expect(warned).toMatch(/^keyless: .*dev.cdk\.tf\.json is not there, so resources of dev go by their addresses\n$/);
    expect(printed).toContain("`google_project_iam_member.m_1` in dev");
  });

  it("drift: prints Markdown, writes SARIF and returns the exit code", async () => {
    const sarifFile = file("drift.sarif");
    expect(await driftCommand({ plans: [`prod=${file("drift.json")}`], stacksFolder: stacksFolder(), sarifFile })).toBe(
      3,
    );
    expect(printed).toContain("<!-- keyless drift stacks=prod -->");
    expect(JSON.parse(readFileSync(sarifFile, "utf8")).runs[0].results).toHaveLength(2);
  });

  it("drift: tolerates what the list names, up to its day", async () => {
    const allow = ["member", "project"].map((attribute) => ({
      constructPath: "prod/access/m",
      attribute,
      reason: "r",
      until: "2026-12-31",
    }));
    writeFileSync(file("allow.json"), JSON.stringify({ allow }));
    const options = {
      plans: [`prod=${file("drift.json")}`],
      stacksFolder: stacksFolder(),
      allowFile: file("allow.json"),
    };
    expect(await driftCommand(options, new Date("2026-12-31"))).toBe(0);
    expect(await driftCommand(options, new Date("2027-01-01"))).toBe(3);
  });

  it.each<[string, () => Promise<unknown>, RegExp]>([
    ["no plan", () => reviewCommand({ plans: [] }), /^no plan given/],
    [
      "a file that is not there",
      () => reviewCommand({ plans: [`prod=${file("nowhere")}`] }),
      /nowhere: no such file or folder$/,
    ],
    ["a folder", () => reviewCommand({ plans: [`prod=${folder}`] }), /: this is a folder$/],
    ["a plan of no stack", () => reviewCommand({ plans: [file("drift.json")] }), /^which stack is .* a plan of\?/],
    ["two plans on standard input", () => reviewCommand({ plans: ["a=-", "b=-"] }), /^only one plan/],
    [
      "a plan where drift is asked for",
      () => driftCommand({ plans: [`prod=${file("stacks/prod/plan.json")}`] }),
      /^prod: not a refresh-only plan/,
    ],
    [
      "a commit of another form",
      () => reviewCommand({ plans: [`prod=${file("drift.json")}`], commit: "main" }),
      /^the commit is/,
    ],
  ])("refuse %s in one line", async (_, run, message) => {
    const error = await run().then(
      () => undefined,
      (refusal: unknown) => refusal,
    );
    expect(error).toBeInstanceOf(UserError);
    expect(error instanceof Error ? error.message : "").toMatch(message);
    expect(error instanceof Error ? error.message : "").not.toContain("\n");
  });
});
