import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type Container, prepareContainer } from "./container-files";
import { echoService } from "./fixtures/echo-service";
import { isAlive } from "./fixtures/echo-twin";
import { bundleHandler, type HandlerBundle } from "./handler-bundles";
import { HandlerProcess } from "./handler-process";
import { projectDirectory } from "./project-directory";
import { readService } from "./service-resource";
import { waitUntilHealthy } from "./startup-probe";

const gone = async (pid: number): Promise<boolean> => {
  for (let tries = 0; tries < 200 && isAlive(pid); tries += 1) {
    await wait(25);
  }
  return !isAlive(pid);
};

describe("handler process", () => {
  let output: string;
  let bundle: HandlerBundle;

  beforeAll(async () => {
    const bundles = join(projectDirectory(), ".keyless");
    await mkdir(bundles, { recursive: true });
    output = await mkdtemp(join(bundles, "test-process-"));
    const entryPoint = join(__dirname, "fixtures", "echo-handler.ts");
    bundle = await bundleHandler({ name: "echo", entryPoint, outputDirectory: output });
  });
  afterAll(() => rm(output, { recursive: true }));

  const start = async (
    environment: Record<string, string>,
    terminationGrace: number,
  ): Promise<{ handler: HandlerProcess; container: Container }> => {
    const service = readService(echoService(bundle.digest));
    const container = await prepareContainer(service, () => "a private key");
    const handler = new HandlerProcess({
      file: bundle.file,
      container,
      environment: { PORT: "8080", ...environment },
      clockOffset: 0,
      terminationGrace,
      onLine: () => undefined,
    });
    await waitUntilHealthy(handler, service.startupProbe);
    return { handler, container };
  };

  it("ends by itself on SIGTERM once its listener is closed, and its files go", async () => {
    const { handler, container } = await start({}, 10_000);
    const begun = performance.now();
    await handler.stop();
    expect(performance.now() - begun).toBeLessThan(9_000);
    expect(existsSync(container.directory)).toBe(false);
  });

  it("is killed when it does not heed SIGTERM", async () => {
    const { handler, container } = await start({ STUBBORN: "yes" }, 300);
    const begun = performance.now();
    await handler.stop();
    expect(performance.now() - begun).toBeGreaterThan(290);
    expect([handler.ended, existsSync(container.directory)]).toEqual([true, false]);
  });

  it("does not outlive a twin that was killed, nor do its secret files", async () => {
    const entryPoint = join(__dirname, "fixtures", "orphan-parent.ts");
    const fixture = await bundleHandler({
      name: "orphan-parent",
      entryPoint,
      outputDirectory: join(projectDirectory(), ".keyless", "test"),
    });
    const parent = spawn(process.execPath, [fixture.file, bundle.file, bundle.digest], {
      cwd: projectDirectory(),
      env: { ...process.env, TMPDIR: output },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const pid = Number(await new Promise((resolve) => parent.stdout.setEncoding("utf8").once("data", resolve)));
    const containers = () => readdirSync(output).filter((name) => name.startsWith("keyless-run-"));
    expect([isAlive(pid), containers().length]).toEqual([true, 1]);
    parent.kill("SIGKILL");
    expect(await gone(pid)).toBe(true);
    expect(containers()).toEqual([]);
  });
});
