import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { environmentNames } from "../environments/load";
import { organizationStackName } from "../environments/load-organization";

const run = promisify(execFile);
const root = dirname(__dirname);
const fork = join(root, "test", "support", "cdktf-as-cdktn.cjs");

/** Stacks by name as their library wrote them, and the version it says of itself. */
interface Synthesis {
  readonly stacks: ReadonlyMap<string, unknown>;
  readonly versions: readonly unknown[];
}

describe("every environment", () => {
  let directory: string;

  beforeAll(async () => {
    // Inside the project, where the packages are found.
    await mkdir(join(root, ".keyless"), { recursive: true });
    directory = await mkdtemp(join(root, ".keyless", "portability-"));
    await build({
      absWorkingDir: root,
      entryPoints: ["main.ts"],
      outfile: join(directory, "main.cjs"),
      bundle: true,
      packages: "external",
      platform: "node",
      logLevel: "silent",
    });
  });

  afterAll(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  async function synthesize(name: string, ...options: readonly string[]): Promise<Synthesis> {
    const output = join(directory, name);
    const env = { ...process.env, CDKTF_OUTDIR: output, KEYLESS_ENVIRONMENT: "" };
    await run(process.execPath, [...options, join(directory, "main.cjs")], { cwd: directory, env });
    const names = await readdir(join(output, "stacks"));
    const versions: unknown[] = [];
    const stacks = await Promise.all(
      names.sort().map(async (stack): Promise<[string, unknown]> => {
        const json = JSON.parse(await readFile(join(output, "stacks", stack, "cdk.tf.json"), "utf8"));
        versions.push(json["//"].metadata.version);
        json["//"].metadata.version = "";
        return [stack, json];
      }),
    );
    return { stacks: new Map(stacks), versions };
  }

  it("becomes the same on cdktf and on its fork cdktn", async () => {
    const [original, forked] = await Promise.all([synthesize("cdktf"), synthesize("cdktn", "--require", fork)]);
    expect([...original.stacks.keys()]).toEqual([...environmentNames, organizationStackName].sort());
    expect(new Set(original.versions)).toEqual(new Set(["0.21.0"]));
    expect(new Set(forked.versions)).toEqual(new Set(["0.24.0"]));
    expect(forked.stacks).toEqual(original.stacks);
  });

  it("holds no path of the machine that synthesized it", async () => {
    const { stacks } = await synthesize("paths");
    expect(JSON.stringify([...stacks])).not.toContain(root);
  });
});
