import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import { z } from "zod";
import { projectDirectory } from "../../runner/project-directory";
import { configurationOf, describeWithTerraform, TerraformFolder } from "../testing";

describeWithTerraform("A twin that is killed during an apply", () => {
  const count = 40;
  const accounts = Object.fromEntries(
    Array.from({ length: count }, (_, index) => [`account_${index}`, { account_id: `account-${index}` }]),
  );
  const script = join(projectDirectory(), ".keyless", `terraform-test-provider-${process.pid}.cjs`);
  const running = new Set<ChildProcess>();
  let folder: TerraformFolder | undefined;
  /** Of the killed ones, which cannot tidy up. */
  let temporary = "";

  beforeAll(async () => {
    temporary = await mkdtemp(join(tmpdir(), "keyless-killed-"));
    await build({
      entryPoints: [join(__dirname, "../testing/provider-process.ts")],
      outfile: script,
      bundle: true,
      platform: "node",
      packages: "external",
      logLevel: "silent",
    });
  });

  afterAll(async () => {
    for (const child of running) child.kill("SIGKILL");
    await folder?.remove();
    await rm(script, { force: true });
    await rm(temporary, { recursive: true, force: true });
  });

  async function startProvider(): Promise<{
    readonly child: ChildProcess;
    readonly environment: Record<string, string>;
  }> {
    const child = spawn(process.execPath, [script], {
      env: { ...process.env, TMPDIR: temporary },
      stdio: ["pipe", "pipe", "inherit"],
    });
    running.add(child);
    const [line] = await once(createInterface({ input: child.stdout }), "line");
    return { child, environment: z.record(z.string(), z.string()).parse(JSON.parse(String(line))) };
  }

  it("agrees with the state again after the next apply", async () => {
    const first = await startProvider();
    folder = await TerraformFolder.create("dev", first.environment);
    await folder.write(configurationOf({ google_service_account: accounts }));
    await folder.init();
    expect(await folder.plan()).toMatchObject({ code: 2 });
    const interrupted = await folder.runWatched(
      (text) => {
        if (text.includes("Creation complete")) first.child.kill("SIGKILL");
      },
      "apply",
      "-input=false",
      "-parallelism=1",
      "saved.tfplan",
    );
    expect(interrupted.code).toBe(1);
    const kept = (await folder.run("state", "list")).output.trim().split("\n").length;
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThan(count);

    folder.attach((await startProvider()).environment);
    expect(await folder.plan()).toMatchObject({
      code: 2,
      output: expect.stringContaining(`Plan: ${count} to add, 0 to change, 0 to destroy.`),
    });
    expect(await folder.apply()).toMatchObject({ code: 0 });
    expect(await folder.plan()).toMatchObject({ code: 0 });
  }, 60_000);
});
