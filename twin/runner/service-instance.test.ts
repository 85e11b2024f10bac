import { existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { Front } from "../network/front";
import { embeddedTemplateFile } from "./embedded-database";
import { echoService } from "./fixtures/echo-service";
import { type EchoSurroundings, EchoTwin, isAlive, portOf, prepareEcho } from "./fixtures/echo-twin";

const twoTimes = z.tuple([z.number(), z.number()]);

describe("instances", () => {
  let surroundings: EchoSurroundings;
  let twin: EchoTwin;

  beforeAll(async () => {
    surroundings = await prepareEcho();
  });
  afterAll(() => surroundings.remove());
  beforeEach(async () => {
    twin = new EchoTwin(surroundings);
    await twin.listen();
  });
  afterEach(() => twin.stop());

  it("start with the first request, once for all who ask together", async () => {
    expect(twin.runner.processIds).toEqual([]);
    const processes = await Promise.all([1, 2, 3].map(() => twin.askNumber("/process")));
    expect(new Set([...processes, ...twin.runner.processIds]).size).toBe(1);
  });

  it("start at once where the service keeps a minimum", async () => {
    twin.store.put(echoService(surroundings.bundle.digest, { template: { scaling: { min_instance_count: 1 } } }));
    await twin.runner.start();
    expect(twin.runner.processIds.length).toBe(1);
  });

  it("get Cloud Run's variables and the resource's, and nothing else of the twin's environment", async () => {
    process.env.LEAKED = "yes";
    try {
      expect(await twin.askJson("/environment")).toEqual({
        PATH: process.env.PATH,
        PORT: "8080",
        K_SERVICE: "echo",
        K_REVISION: "echo-00001-abc",
        K_CONFIGURATION: "echo",
        KEYLESS_ENDPOINTS: '{"iapJwks":"https://www.gstatic.com.localhost:1/keys"}',
        KEYLESS_EMBEDDED_TEMPLATE: embeddedTemplateFile(),
        NODE_EXTRA_CA_CERTS: surroundings.authorityFile,
        SECRETS: expect.stringMatching(/keyless-run-.*\/mount-1$/),
      });
    } finally {
      delete process.env.LEAKED;
    }
  });

  it("read secrets as files that are the owner's alone, and leave none behind", async () => {
    expect(await twin.askJson("/secret")).toBe(twin.secret);
    const mount = z.object({ SECRETS: z.string() }).parse(await twin.askJson("/environment")).SECRETS;
    expect(statSync(dirname(mount)).mode & 0o777).toBe(0o700);
    expect(statSync(join(mount, "key.pem")).mode & 0o777).toBe(0o600);
    await twin.runner.stop();
    expect(existsSync(dirname(mount))).toBe(false);
  });

  it("listen on no port of the machine, though they see the container's", async () => {
    const probe = createServer();
    await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
    const port = portOf(probe);
    await new Promise((resolve) => probe.close(resolve));
    const startup_probe = { http_get: { path: "/healthz" } };
    twin.store.put(
      echoService(surroundings.bundle.digest, { container: { ports: { container_port: port }, startup_probe } }),
    );
    expect((await twin.ask("/healthz")).status).toBe(200);
    const address = expect.objectContaining({ port });
    const fields = expect.objectContaining({ address });
    expect(twin.log).toContainEqual(expect.objectContaining({ message: "listening", fields }));
    const result = await new Promise((resolve) => {
      connect(port, "127.0.0.1", () => resolve("connected")).once("error", (error) => resolve(error.message));
    });
    expect(result).toContain("ECONNREFUSED");
  });

  it("have the twin's time from the first moment and after each move", async () => {
    const hour = 3_600_000;
    surroundings.clock.advance(24 * hour);
    try {
      for (const further of [0, hour, hour]) {
        surroundings.clock.advance(further);
        for (const time of twoTimes.parse(await twin.askJson("/time"))) {
          expect(Math.abs(time - Date.now())).toBeLessThan(60_000);
        }
      }
    } finally {
      surroundings.clock.advance(-surroundings.clock.offset);
    }
  });

  it("reach the twin's hosts by name and trust its authority", async () => {
    const front = new Front({ certificateAuthority: surroundings.authority });
    front.add({ hostname: "sts.googleapis.com", handle: (_request, response) => void response.end("from the twin") });
    await front.listen();
    twin.store.put(
      echoService(surroundings.bundle.digest, { environment: { TWIN: front.origin("sts.googleapis.com") } }),
    );
    expect((await twin.ask("/twin")).text).toBe("from the twin");
    await front.close();
  });

  it("come back after a crash, after a pause that grows", async () => {
    const first = await twin.askNumber("/process");
    expect((await twin.ask("/crash")).status).toBe(503);
    while (twin.runner.processIds.length > 0) await wait(5);
    const early = await twin.ask("/process");
    expect([early.status, early.headers["retry-after"]]).toEqual([503, "1"]);
    await wait(300);
    const second = await twin.askNumber("/process");
    expect(second).toBeGreaterThan(0);
    expect(second).not.toBe(first);
    await twin.ask("/crash");
    while (twin.runner.processIds.length > 0) await wait(5);
    await wait(300);
    expect((await twin.ask("/process")).status).toBe(503);
    expect(twin.log).toContainEqual(
      expect.objectContaining({ severity: "ERROR", message: expect.stringContaining("ended by itself") }),
    );
  });

  it("are replaced when their resource changes and stopped when it goes", async () => {
    const first = await twin.askNumber("/process");
    twin.store.put(echoService(surroundings.bundle.digest, { environment: { CHANGED: "yes" } }));
    const second = await twin.askNumber("/process");
    expect(second).not.toBe(first);
    twin.store.remove("dev", "google_cloud_run_v2_service.echo");
    expect((await twin.ask("/process")).status).toBe(404);
    await twin.runner.stop();
    expect([first, second].some(isAlive)).toBe(false);
  });

  it("stay when a resource is applied again unchanged", async () => {
    const first = await twin.askNumber("/process");
    twin.store.put(echoService(surroundings.bundle.digest));
    expect(await twin.askNumber("/process")).toBe(first);
  });

  it("are ended by stop, which serves no more", async () => {
    const pid = await twin.askNumber("/process");
    await twin.runner.stop();
    expect(isAlive(pid)).toBe(false);
    expect((await twin.ask("/process")).status).toBe(503);
  });
});
