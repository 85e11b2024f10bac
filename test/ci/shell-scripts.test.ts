import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const root = dirname(dirname(__dirname));

/**
 * In place of node: notes how it was called, writes what the command would write, and ends with the exit code that
 * EXIT_CODES gives for the environment. `node -p` is node's own.
 */
const standIn = `#!/bin/sh
if [ "$1" = -p ]; then exec "${process.execPath}" "$@"; fi
echo "$*" >>"$CALLS"
previous=""
environment=review
for word in "$@"; do
  case $previous in
    as) environment=$word ;;
    --out) mkdir -p "$word" && echo '{"fingerprint":"f00d"}' >"$word/manifest.json" ;;
    --markdown) echo "the review" >"$word" ;;
  esac
  previous=$word
done
for entry in $EXIT_CODES; do
  case $entry in "$environment="*) exit "\${entry#*=}" ;; esac
done
exit 0
`;

describe("the scripts of the workflows", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "keyless-scripts-"));
    mkdirSync(join(folder, "bin"));
    writeFileSync(join(folder, "bin", "node"), standIn);
    chmodSync(join(folder, "bin", "node"), 0o755);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function run(script: string, parameters: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const env = {
      PATH: `${join(folder, "bin")}:${process.env["PATH"]}`,
      CALLS: join(folder, "calls"),
      EXIT_CODES: "",
      RUNNER_TEMP: folder,
      GITHUB_OUTPUT: join(folder, "output"),
      GITHUB_STEP_SUMMARY: join(folder, "summary"),
      ...environment,
    };
    return new Promise<{ code: number; stderr: string; calls: readonly string[] }>((done) => {
      execFile("/bin/sh", [join(root, "ci", script), ...parameters], { env, cwd: root }, (error, _, stderr) => {
        const calls = existsSync(env.CALLS) ? readFileSync(env.CALLS, "utf8").trim().split("\n") : [];
        done({ code: Number(error?.code ?? 0), stderr, calls });
      });
    });
  }
  const written = (name: string) => readFileSync(join(folder, name), "utf8");

  it("plan each environment with its own identity, without a lock, and review them together", async () => {
    const { code, calls } = await run("plan-environments.sh", [join(folder, "plans"), join(folder, "review.md")], {
      EXIT_CODES: "staging=2 prod=3 review=3",
      COMMIT: "0123abc",
    });
    const plans = join(folder, "plans");
    expect(code).toBe(3);
    expect(calls).toEqual([
      ...["dev", "staging", "prod"].map(
        (name) =>
          `cli/keyless.cjs ci as ${name} plan -- node cli/keyless.cjs plan ${name} --no-lock --out ${plans}/${name}`,
      ),
      `cli/keyless.cjs review --saved ${plans}/dev --saved ${plans}/staging --saved ${plans}/prod --markdown ${folder}/review.md --commit 0123abc`,
    ]);
  });

  it("plan the other environments where one fails, and then say which, without a review", async () => {
    const plans = join(folder, "plans");
    const { code, calls, stderr } = await run("plan-environments.sh", [plans, join(folder, "review.md")], {
      EXIT_CODES: "dev=1",
    });
    expect([code, stderr.trim()]).toEqual([1, "Not planned: dev"]);
    expect(calls).toHaveLength(3);
  });

  it("give drift's exit code on, and fail where an environment could not be looked at", async () => {
    const parameters = [join(folder, "plans"), join(folder, "reports")];
    expect(await run("detect-drift.sh", parameters, { EXIT_CODES: "review=2" })).toMatchObject({ code: 2 });
    expect(written("reports/drift.md")).toBe("the review\n");
    expect(await run("detect-drift.sh", parameters, { EXIT_CODES: "staging=1" })).toMatchObject({
      code: 1,
      stderr: "Not looked at: staging\n",
    });
  });

  it.each([
    ["0", "false"],
    ["2", "true"],
    ["3", "true"],
  ])("hand what identifies a plan to the deployment, and show its review (exit code %s)", async (exitCode, changes) => {
    const { code } = await run("plan-deployment.sh", ["dev"], { EXIT_CODES: `dev=${exitCode}` });
    expect(code).toBe(0);
    expect(written("output")).toBe(`changes=${changes}\nfingerprint=f00d\n`);
    expect(written("summary")).toBe("the review\n");
  });

  it("hand nothing on where the plan failed", async () => {
    expect(await run("plan-deployment.sh", ["dev"], { EXIT_CODES: "dev=1" })).toMatchObject({ code: 1 });
    expect(existsSync(join(folder, "output"))).toBe(false);
  });

  it("deploy with the deploying identity exactly the plan that was approved", async () => {
    const { code, calls } = await run("deploy-environment.sh", ["prod"], { FINGERPRINT: "f00d" });
    const plans = join(folder, "plans");
    expect(code).toBe(0);
    expect(calls).toEqual([
      `cli/keyless.cjs ci as prod apply -- node cli/keyless.cjs plan prod --out ${plans} --expect f00d`,
      `cli/keyless.cjs ci as prod apply -- node cli/keyless.cjs deploy --plan ${plans} --approve`,
    ]);
  });

  it("deploy nothing where the plan is another one, or none was approved", async () => {
    const other = await run("deploy-environment.sh", ["prod"], { FINGERPRINT: "f00d", EXIT_CODES: "prod=1" });
    expect([other.code, other.calls.length]).toEqual([1, 1]);
    expect((await run("deploy-environment.sh", ["prod"])).code).not.toBe(0);
  });
});
