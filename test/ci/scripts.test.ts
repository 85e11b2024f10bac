import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { GitHubServer } from "./github-server";

const root = dirname(dirname(__dirname));
const marker = "<!-- keyless review stacks=dev,prod -->";

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

let folder: string;
let github: GitHubServer;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "keyless-ci-"));
  github = new GitHubServer();
  await github.listen();
});

afterEach(async () => {
  await github.close();
  rmSync(folder, { recursive: true });
});

function run(script: string, parameters: readonly string[], environment = github.environment): Promise<Outcome> {
  return new Promise((done) => {
    const env = { PATH: process.env["PATH"], ...environment };
    execFile(process.execPath, [join(root, "ci", script), ...parameters], { env }, (error, stdout, stderr) =>
      done({ code: Number(error?.code ?? 0), stdout: stdout.trim(), stderr: stderr.trim() }),
    );
  });
}

function report(text: string, first = marker): string {
  const file = join(folder, "report.md");
  writeFileSync(file, `${first}\n${text}\n`);
  return file;
}

describe("the comment on a pull request", () => {
  const comment = (text: string) => run("sticky-comment.mjs", ["--pull", "7", "--body", report(text)]);

  it("is written once, and updated afterwards", async () => {
    expect(await comment("one")).toEqual({ code: 0, stdout: "Wrote the comment.", stderr: "" });
    expect(await comment("two")).toMatchObject({ code: 0, stdout: "Updated the comment." });
    expect(await comment("two")).toMatchObject({ code: 0, stdout: "The comment says this already." });
    expect(github.comments.map(({ body, issue }) => [issue, body])).toEqual([[7, `${marker}\ntwo\n`]]);
    expect(github.writes).toEqual(["POST /issues/7/comments", "PATCH /issues/comments/100"]);
  });

  it("is found behind many others", async () => {
    await comment("one");
    const others = Array.from({ length: 250 }, (_, id) => ({ id, issue: 7, body: "x", user: { login: "someone" } }));
    github.comments.unshift(...others);
    expect(await comment("two")).toMatchObject({ stdout: "Updated the comment." });
  });

  it("is not taken for ours where somebody else has copied the marker, or quotes it", async () => {
    github.comments.push(
      { id: 1, issue: 7, body: `${marker}\nnothing to see`, user: { login: "mallory" } },
      { id: 2, issue: 7, body: `> ${marker}`, user: { login: "github-actions[bot]" } },
    );
    expect(await comment("one")).toMatchObject({ stdout: "Wrote the comment." });
    expect(github.comments).toHaveLength(3);
  });

  it.each([
    ["7/../../../user", "expected the number of a pull request"],
    ["0", "expected the number of a pull request"],
    ["--body", "--pull is missing"],
  ])("is refused for the pull request %s", async (pull, words) => {
    const outcome = await run("sticky-comment.mjs", ["--pull", pull, "--body", report("one")]);
    expect(outcome).toMatchObject({ code: 1, stderr: expect.stringContaining(words) });
    expect(github.writes).toEqual([]);
  });

  it("is refused for a text that is no report", async () => {
    const file = report("one", "Hello");
    const outcome = await run("sticky-comment.mjs", ["--pull", "7", "--body", file]);
    expect(outcome).toEqual({ code: 1, stdout: "", stderr: "the report does not begin with a marker" });
  });

  it("fails in one line, without GitHub's words and without the token", async () => {
    github.failWith = 403;
    expect(await comment("one")).toEqual({
      code: 1,
      stdout: "",
      stderr: "GitHub answers 403 to GET /issues/7/comments?per_page=100&page=1",
    });
    const { GITHUB_TOKEN: _, ...without } = github.environment;
    const outcome = await run("sticky-comment.mjs", ["--pull", "7", "--body", report("one")], without);
    expect(outcome.stderr).toBe("GITHUB_TOKEN is not set as it is in a job of GitHub Actions");
  });
});

describe("the issue about drift", () => {
  const drift = (exitCode: string, text = "drift") =>
    run("drift-issue.mjs", ["--body", report(text, "<!-- keyless drift stacks=dev -->"), "--exit-code", exitCode]);

  it("is opened, updated and closed, and opened anew the next time", async () => {
    expect(await drift("0")).toMatchObject({ code: 0, stdout: "No drift." });
    expect(github.writes).toEqual([]);
    expect(await drift("2")).toMatchObject({ stdout: "Drift; opened issue 1." });
    expect(await drift("3", "more")).toMatchObject({ stdout: "Drift; updated issue 1." });
    expect(await drift("3", "more")).toMatchObject({ stdout: "Drift as before; issue 1 says so already." });
    expect(github.items).toHaveLength(1);
    expect(github.items[0]).toMatchObject({
      state: "open",
      labels: ["keyless-drift"],
      body: expect.stringContaining("more"),
    });
    expect(await drift("0")).toMatchObject({ stdout: "No drift any more; closed issue 1." });
    expect(github.items[0]).toMatchObject({ state: "closed" });
    expect(github.comments.map(({ issue, body }) => [issue, body])).toEqual([[1, "No drift any more."]]);
    expect(await drift("0")).toMatchObject({ stdout: "No drift." });
    expect(await drift("2")).toMatchObject({ stdout: "Drift; opened issue 2." });
  });

  it("stays open when drift could not be detected", async () => {
    await drift("2");
    expect(await drift("1")).toEqual({ code: 1, stdout: "", stderr: "drift detection ended with exit code 1" });
    expect(await drift("")).toMatchObject({ code: 1 });
    expect(github.items[0]).toMatchObject({ state: "open" });
  });

  it("is not taken for ours where somebody else wrote it, or where it is a pull request", async () => {
    const body = "<!-- keyless drift stacks=dev -->\nx";
    const shared = { title: "t", body, state: "open", labels: ["keyless-drift"] };
    github.items.push(
      { ...shared, number: 1, user: { login: "mallory" } },
      { ...shared, number: 2, user: { login: "github-actions[bot]" }, pull_request: {} },
    );
    expect(await drift("0")).toMatchObject({ stdout: "No drift." });
    expect(await drift("2")).toMatchObject({ stdout: "Drift; opened issue 3." });
  });
});
