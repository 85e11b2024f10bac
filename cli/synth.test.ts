import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

const root = dirname(__dirname);
const parts = ["main.ts", "tsconfig.json", "environments", "constructs", "images", "handlers", "facts"];

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

// Each synthesis is a process of its own, on a machine that may be busy.
jest.setTimeout(120_000);

describe("synth", () => {
  let project: string;

  beforeEach(async () => {
    // Inside the project, where the packages are found.
    await mkdir(join(root, ".keyless"), { recursive: true });
    project = await mkdtemp(join(root, ".keyless", "synth-"));
    await mkdir(join(project, "cli"));
    for (const file of ["synth.cjs", "kept-bundle.cjs"]) await cp(join(root, "cli", file), join(project, "cli", file));
    await Promise.all(parts.map((part) => cp(join(root, part), join(project, part), { recursive: true })));
  });

  afterEach(async () => {
    await rm(project, { recursive: true, force: true });
  });

  function synth(environment: NodeJS.ProcessEnv = {}): Promise<Outcome> {
    const { CDKTF_OUTDIR: _, ...inherited } = process.env;
    return new Promise((resolve) => {
      const env = { ...inherited, KEYLESS_ENVIRONMENT: "", ...environment };
      execFile(process.execPath, [join(project, "cli", "synth.cjs")], { env }, (error, stdout, stderr) => {
        resolve({ code: Number(error?.code ?? 0), stdout, stderr });
      });
    });
  }

  const succeeded: Outcome = { code: 0, stdout: "", stderr: "" };
  const edit = async (file: string, from: string, to: string) => {
    const text = await readFile(join(project, file), "utf8");
    expect(text).toContain(from);
    await writeFile(join(project, file), text.replace(from, to));
  };
  const stacks = async () => (await readdir(join(project, "cdktf.out", "stacks"))).sort();
  const bundles = async () =>
    (await readdir(join(project, ".keyless", "synth"))).filter((name) => name.endsWith(".cjs"));

  it("writes all environments, or the one that is asked for", async () => {
    expect(await synth({ KEYLESS_ENVIRONMENT: "staging" })).toEqual(succeeded);
    expect(await stacks()).toEqual(["staging"]);
    expect(await synth()).toEqual(succeeded);
    expect(await stacks()).toEqual(["dev", "organization", "prod", "staging"]);
  });

  it("says in one line that there is no such environment", async () => {
    expect(await synth({ KEYLESS_ENVIRONMENT: "production" })).toEqual({
      code: 1,
      stdout: "",
      stderr: 'KEYLESS_ENVIRONMENT: expected one of organization, dev, staging, prod, got "production"\n',
    });
  });

  it("keeps its bundle until something that went into it changes", async () => {
    await synth();
    const first = await bundles();
    await synth();
    expect(await bundles()).toEqual(first);
    await edit("environments/dev.ts", '"dev_logs"', '"dev_events"');
    expect(await synth()).toEqual(succeeded);
    expect(await bundles()).not.toEqual(first);
    expect(await bundles()).toHaveLength(1);
    expect(await readFile(join(project, "cdktf.out", "stacks", "dev", "cdk.tf.json"), "utf8")).toContain("dev_events");
  });

  it("says of a broken environment file what it expects, one line a problem, and no more", async () => {
    await edit("environments/dev.ts", 'generation: "01"', 'generation: "1"');
    await edit("environments/dev.ts", 'roleName: "asset-collector-dev"', 'roleName: "a/b"');
    const { code, stderr } = await synth();
    expect(code).toBe(1);
    expect(stderr.split("\n")).toEqual([
      "environments/dev.ts: generation: expected two digits, such as 01",
      "environments/dev.ts: federation.aws.roleName: expected an AWS role name",
      "environments/dev.ts: workforce.poolId: expected it to end with the generation, -1",
      "",
    ]);
  });

  it("says where a file is no TypeScript, in one line", async () => {
    await edit("environments/dev.ts", "generation:", "generation");
    const { code, stderr } = await synth();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^environments\/dev\.ts:\d+:\d+: .+\n$/);
  });

  it("says which construct refuses what, in one line", async () => {
    await edit(
      "environments/environment-stack.ts",
      "displayName: `People, ",
      "displayName: `People of the environment named ",
    );
    const { code, stderr } = await synth();
    expect(code).toBe(1);
    expect(stderr).toMatch(/^dev\/workforce: displayName is "People of the environment named dev"; expected .+\n$/);
  });
});
