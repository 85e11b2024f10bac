import { readdirSync, statSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, request as httpRequest, type IncomingHttpHeaders, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { installMovableClock, type MovableClock } from "../clock";
import { type Decision, DecisionLog } from "../events";
import { type CertificateAuthority, createCertificateAuthority } from "../network/certificate-authority";
import { Front } from "../network/front";
import { ResourceStore } from "../store/resource-store";
import { CloudRunRunner, type ServiceCall } from "./cloud-run-runner";
import { echoInvoker, echoService } from "./fixtures/echo-service";
import { bundleHandler, type HandlerBundle } from "./handler-bundles";
import type { HandlerLogEntry } from "./handler-log";
import { projectDirectory } from "./project-directory";

const agent = "service-710000000001@gcp-sa-iap.iam.gserviceaccount.com";
const throughLoadBalancer: ServiceCall = { ingress: "load-balancer", invoker: { email: agent } };

/** Whether a process is there; signal 0 only asks. */
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
const containers = () => readdirSync(tmpdir()).filter((name) => name.startsWith("keyless-run-"));

describe("Cloud Run runner", () => {
  let output: string;
  let authority: CertificateAuthority;
  let authorityFile: string;
  let bundle: HandlerBundle;
  let clock: MovableClock;
  let store: ResourceStore;
  let runner: CloudRunRunner;
  let server: Server;
  let call: ServiceCall;
  let decisions: Decision[];
  let log: HandlerLogEntry[];
  let secret: string | undefined;

  beforeAll(async () => {
    const bundles = join(projectDirectory(), ".keyless");
    await mkdir(bundles, { recursive: true });
    output = await mkdtemp(join(bundles, "test-runner-"));
    authorityFile = join(output, "authority.pem");
    authority = await createCertificateAuthority({ name: "Runner", purpose: "servers" });
    await writeFile(authorityFile, authority.certificatePem);
    const entryPoint = join(__dirname, "fixtures", "echo-handler.ts");
    bundle = await bundleHandler({ name: "iap-app", entryPoint, outputDirectory: output });
    clock = installMovableClock();
  });
  afterAll(async () => {
    clock.uninstall();
    await rm(output, { recursive: true });
  });

  beforeEach(async () => {
    [decisions, log, call, secret] = [[], [], throughLoadBalancer, "a-private-key-of-some-length\n"];
    store = new ResourceStore();
    store.put(echoService(bundle.digest));
    store.put(echoInvoker);
    const decisionLog = new DecisionLog();
    decisionLog.subscribe((decision) => decisions.push(decision));
    runner = new CloudRunRunner({
      store,
      decisions: decisionLog,
      bundles: { "iap-app": bundle, "token-broker": { file: "none", digest: "0".repeat(64) } },
      endpoints: () => ({ iapJwks: "https://www.gstatic.com.localhost:1/keys" }),
      certificateAuthorityFile: authorityFile,
      secrets: { read: (name, stack) => (name === "entra-key" && stack === "dev" ? secret : undefined) },
      clock,
      onLog: (entry) => log.push(entry),
    });
    server = createServer(
      (request, response) => void runner.request({ stack: "dev", name: "echo" }, request, response, call),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await runner.stop();
  });

  interface Answer {
    readonly status: number;
    readonly headers: IncomingHttpHeaders;
    readonly text: string;
  }
  const ask = (
    path: string,
    options: { method?: string; headers?: Record<string, string | string[]>; body?: string } = {},
  ) =>
    new Promise<Answer>((resolve, reject) => {
      const { port } = server.address() as AddressInfo;
      const { method = "GET", headers = {}, body } = options;
      const request = httpRequest({ host: "127.0.0.1", port, path, method, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk) => chunks.push(chunk)).once("error", reject);
        response.once("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString(),
          }),
        );
      });
      request.once("error", reject);
      request.end(body);
    });
  const askJson = async (path: string): Promise<unknown> => JSON.parse((await ask(path)).text);
  const askNumber = async (path: string): Promise<number> => Number((await ask(path)).text);

  describe("instances", () => {
    it("start with the first request, once for all who ask together", async () => {
      expect(runner.processIds).toEqual([]);
      const processes = await Promise.all([1, 2, 3].map(() => askNumber("/process")));
      expect(new Set([...processes, ...runner.processIds]).size).toBe(1);
    });

    it("start at once where the service keeps a minimum", async () => {
      store.put(echoService(bundle.digest, { template: { scaling: { min_instance_count: 1 } } }));
      await runner.start();
      expect(runner.processIds.length).toBe(1);
    });

    it("get Cloud Run's variables and the resource's, and nothing else of the twin's environment", async () => {
      process.env.LEAKED = "yes";
      try {
        expect(await askJson("/environment")).toEqual({
          PATH: process.env.PATH,
          PORT: "8080",
          K_SERVICE: "echo",
          K_REVISION: "echo-00001-abc",
          K_CONFIGURATION: "echo",
          KEYLESS_ENDPOINTS: '{"iapJwks":"https://www.gstatic.com.localhost:1/keys"}',
          NODE_EXTRA_CA_CERTS: authorityFile,
          SECRETS: expect.stringMatching(/keyless-run-.*\/mount-1$/),
        });
      } finally {
        delete process.env.LEAKED;
      }
    });

    it("read secrets as files that are the owner's alone, and leave none behind", async () => {
      const before = containers();
      expect(await askJson("/secret")).toBe(secret);
      const [container = ""] = containers().filter((name) => !before.includes(name));
      expect(statSync(join(tmpdir(), container)).mode & 0o777).toBe(0o700);
      expect(statSync(join(tmpdir(), container, "mount-1", "key.pem")).mode & 0o777).toBe(0o600);
      await runner.stop();
      expect(containers()).not.toContain(container);
    });

    it("listen on no port of the machine, though they see the container's", async () => {
      const probe = createServer();
      await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
      const { port } = probe.address() as AddressInfo;
      await new Promise((resolve) => probe.close(resolve));
      const startup_probe = { http_get: { path: "/healthz" } };
      store.put(echoService(bundle.digest, { container: { ports: { container_port: port }, startup_probe } }));
      expect((await ask("/healthz")).status).toBe(200);
      const address = expect.objectContaining({ port });
      const fields = expect.objectContaining({ address });
      expect(log).toContainEqual(expect.objectContaining({ message: "listening", fields }));
      const result = await new Promise((resolve) => {
        connect(port, "127.0.0.1", () => resolve("connected")).once("error", (error) => resolve(error.message));
      });
      expect(result).toContain("ECONNREFUSED");
    });

    it("have the twin's time from the first moment and after each move", async () => {
      const hour = 3_600_000;
      clock.advance(24 * hour);
      try {
        for (const further of [0, hour, hour]) {
          clock.advance(further);
          const times = await askJson("/time");
          expect(times).toEqual([expect.any(Number), expect.any(Number)]);
          for (const time of times as number[]) {
            expect(Math.abs(time - Date.now())).toBeLessThan(60_000);
          }
        }
      } finally {
        clock.advance(-clock.offset);
      }
    });

    it("reach the twin's hosts by name and trust its authority", async () => {
      const front = new Front({ certificateAuthority: authority });
      front.add({ hostname: "sts.googleapis.com", handle: (_request, response) => void response.end("from the twin") });
      await front.listen();
      store.put(echoService(bundle.digest, { environment: { TWIN: front.origin("sts.googleapis.com") } }));
      expect((await ask("/twin")).text).toBe("from the twin");
      await front.close();
    });

    it("come back after a crash, after a pause that grows", async () => {
      const first = await askNumber("/process");
      expect((await ask("/crash")).status).toBe(503);
      while (runner.processIds.length > 0) await wait(5);
      const early = await ask("/process");
      expect([early.status, early.headers["retry-after"]]).toEqual([503, "1"]);
      await wait(300);
      const second = await askNumber("/process");
      expect(second).toBeGreaterThan(0);
      expect(second).not.toBe(first);
      await ask("/crash");
      while (runner.processIds.length > 0) await wait(5);
      await wait(300);
      expect((await ask("/process")).status).toBe(503);
      expect(log).toContainEqual(
        expect.objectContaining({ severity: "ERROR", message: expect.stringContaining("ended by itself") }),
      );
    });

    it("are replaced when their resource changes and stopped when it goes", async () => {
      const first = await askNumber("/process");
      store.put(echoService(bundle.digest, { environment: { CHANGED: "yes" } }));
      const second = await askNumber("/process");
      expect(second).not.toBe(first);
      store.remove("dev", "google_cloud_run_v2_service.echo");
      expect((await ask("/process")).status).toBe(404);
      await runner.stop();
      expect([first, second].some(isAlive)).toBe(false);
    });

    it("stay when a resource is applied again unchanged", async () => {
      const first = await askNumber("/process");
      store.put(echoService(bundle.digest));
      expect(await askNumber("/process")).toBe(first);
    });

    it("are ended by stop, which serves no more", async () => {
      const pid = await askNumber("/process");
      await runner.stop();
      expect(isAlive(pid)).toBe(false);
      expect((await ask("/process")).status).toBe(503);
    });
  });

  describe("a start that fails", () => {
    const explanations = () =>
      decisions.filter(({ outcome }) => outcome === "refused").map(({ explanation }) => explanation);

    it.each([
      ["another digest than the bundle's", "f".repeat(64), "is not that of the bundle iap-app"],
      ["a tag in place of a digest", "latest", "expected an image"],
    ])("is refused for %s", async (_what, digest, problem) => {
      store.put(echoService(digest));
      expect((await ask("/process")).status).toBe(503);
      expect(explanations()).toEqual([expect.stringContaining(problem)]);
    });

    it("is refused for a secret without a version", async () => {
      secret = undefined;
      const before = containers();
      expect((await ask("/process")).status).toBe(503);
      expect(explanations()).toEqual(["The secret entra-key of dev has no version."]);
      expect(containers()).toEqual(before);
    });

    it("names what the handler said last, without its secrets", async () => {
      store.put(echoService(bundle.digest, { environment: { EXIT_AT_START: "yes" } }));
      const answer = await ask("/process");
      expect(answer.status).toBe(503);
      expect(answer.text).not.toContain("ended");
      expect(explanations()).toEqual(["The handler ended before it was healthy. It last said: starting with [secret]"]);
      expect(JSON.stringify([log, decisions])).not.toContain("a-private-key");
    });

    it("ends when the probe's time is up", async () => {
      const startup_probe = { http_get: { path: "/never" }, period_seconds: 1, failure_threshold: 3 };
      store.put(echoService(bundle.digest, { container: { startup_probe } }));
      expect((await ask("/process")).status).toBe(503);
      expect(explanations()).toEqual([
        expect.stringContaining("was not healthy within 3 s: GET /never does not answer"),
      ]);
      expect(runner.processIds).toEqual([]);
    });

    it("is reported by address and path when the resource itself is wrong", async () => {
      store.put(echoService(bundle.digest, { template: { timeout: "5 minutes" } }));
      await expect(runner.start()).rejects.toThrow(
        "dev: google_cloud_run_v2_service.echo: template.0.timeout: expected seconds, such as 300s",
      );
      expect((await ask("/process")).status).toBe(503);
    });
  });

  describe("who gets in", () => {
    it("admits the IAP agent through the load balancer and says by which right", async () => {
      expect((await ask("/healthz?code=c0de")).status).toBe(200);
      expect(decisions).toEqual([
        expect.objectContaining({
          by: "cloud-run",
          outcome: "allowed",
          request: "GET /healthz on echo (dev)",
          reason: expect.stringContaining("roles/run.invoker"),
        }),
      ]);
    });

    it("answers 404 on the service's own address, as Google's frontend does, and starts nothing", async () => {
      call = { ingress: "direct", invoker: { email: agent } };
      const answer = await ask("/healthz");
      expect([answer.status, answer.text]).toEqual([
        404,
        expect.stringContaining("The requested URL was not found on this server."),
      ]);
      expect(decisions).toEqual([expect.objectContaining({ by: "cloud-run", outcome: "refused" })]);
      expect(runner.processIds).toEqual([]);
    });

    it("does not admit a load balancer to a service with internal ingress", async () => {
      store.put(echoService(bundle.digest, { service: { ingress: "INGRESS_TRAFFIC_INTERNAL_ONLY" } }));
      expect((await ask("/healthz")).status).toBe(404);
    });

    it.each([
      ["another account", { email: "other@ailab-data-dev.iam.gserviceaccount.com" }],
      ["the IAP agent of another project", { email: "service-710000000002@gcp-sa-iap.iam.gserviceaccount.com" }],
      ["nobody", "none"],
    ] as const)("answers 403 to %s", async (_who, invoker) => {
      call = { ingress: "load-balancer", invoker };
      const answer = await ask("/secret?x=<script>");
      expect([answer.status, answer.text]).toEqual([
        403,
        expect.stringContaining("does not have permission to get URL <code>/secret</code>"),
      ]);
      expect(runner.processIds).toEqual([]);
    });

    it("takes the right away as soon as its binding goes", async () => {
      expect((await ask("/healthz")).status).toBe(200);
      store.remove("dev", echoInvoker.address);
      expect((await ask("/healthz")).status).toBe(403);
    });

    it("asks no identity where the service's check is disabled, yet keeps the ingress rule", async () => {
      store.put(echoService(bundle.digest, { service: { invoker_iam_disabled: true } }));
      call = { ingress: "load-balancer", invoker: "none" };
      expect((await ask("/healthz")).status).toBe(200);
      call = { ingress: "direct", invoker: "none" };
      expect((await ask("/healthz")).status).toBe(404);
    });

    it("answers on the run.app address of a service with open ingress, and knows no other address", async () => {
      const resolve = runner.runAppHost();
      expect(resolve("echo-710000000001.europe-west4.run.app")?.hostname).toBe(
        "echo-710000000001.europe-west4.run.app",
      );
      expect(resolve("echo-710000000002.europe-west4.run.app")).toBeUndefined();
      expect(resolve("dev.ailab.com")).toBeUndefined();
      const open = { ingress: "INGRESS_TRAFFIC_ALL", invoker_iam_disabled: true };
      store.put(echoService(bundle.digest, { service: open }));
      const host = resolve("echo-710000000001.europe-west4.run.app");
      const direct = createServer((request, response) => void host?.handle(request, response));
      await new Promise<void>((done) => direct.listen(0, "127.0.0.1", done));
      const response = await fetch(`http://127.0.0.1:${(direct.address() as AddressInfo).port}/healthz`);
      expect([response.status, await response.json()]).toEqual([200, "ok"]);
      direct.closeAllConnections();
      direct.close();
    });
  });

  describe("the way to the container", () => {
    it("passes the request on, without what is of the connection and without the invoker's token", async () => {
      const answer = await ask("/echo", {
        method: "POST",
        body: "the body",
        headers: {
          Host: "dev.ailab.com",
          "X-Two": ["one", "two"],
          "X-Serverless-Authorization": "Bearer invoker",
          X_Serverless_Authorization: "Bearer invoker",
          Authorization: "Bearer of the app",
          Connection: "x-private, host",
          "X-Private": "no",
          TE: "trailers",
          "Proxy-Authorization": "Basic x",
          "X-Forwarded-For": "203.0.113.9",
          "X-Forwarded-Proto": "http",
        },
      });
      const seen: { headers: string[]; body: string } = JSON.parse(answer.text);
      const pairs = seen.headers.flatMap((name, index) =>
        index % 2 === 0 ? [`${name}: ${seen.headers[index + 1]}`] : [],
      );
      expect(seen.body).toBe("the body");
      expect(pairs).toEqual([
        "Host: dev.ailab.com",
        "X-Two: one",
        "X-Two: two",
        "Authorization: Bearer of the app",
        "Content-Length: 8",
        "X-Forwarded-For: 203.0.113.9, 127.0.0.1",
        "X-Forwarded-Proto: https",
        "Connection: close",
      ]);
    });

    it("passes the response on, with every cookie and without the container's connection headers", async () => {
      const { status, headers } = await ask("/echo", { method: "POST" });
      expect(status).toBe(201);
      expect(headers).toMatchObject({ "set-cookie": ["a=1", "b=2"], "x-end": "2" });
      expect(headers["x-hop"]).toBeUndefined();
    });

    it("frames a chunked body of a GET, so that nothing in it becomes a second request", async () => {
      const answer = await ask("/echo", {
        headers: { "Transfer-Encoding": "chunked" },
        body: "GET /crash HTTP/1.1\r\n\r\n",
      });
      expect(JSON.parse(answer.text).body).toBe("GET /crash HTTP/1.1\r\n\r\n");
      expect((await ask("/healthz")).status).toBe(200);
    });

    it("streams: the beginning of a response arrives before its end", async () => {
      const { port } = server.address() as AddressInfo;
      const begun = performance.now();
      await ask("/healthz");
      const response = await fetch(`http://127.0.0.1:${port}/stream`);
      const reader = response.body?.getReader();
      const first = await reader?.read();
      expect(Buffer.from(first?.value ?? []).toString()).toBe("first");
      const second = await reader?.read();
      expect(Buffer.from(second?.value ?? []).toString()).toBe("second");
      expect(performance.now() - begun).toBeGreaterThan(900);
    });

    it("breaks off a response that the container broke off", async () => {
      await expect(ask("/half")).rejects.toThrow("aborted");
    });

    it("takes a body of 32 MiB and refuses a longer one, announced or not", async () => {
      const limit = 32 * 1024 * 1024;
      const chunked = { "Transfer-Encoding": "chunked" };
      const send = (length: number, headers = {}) =>
        ask("/count", { method: "POST", headers, body: "x".repeat(length) });
      expect((await send(limit, chunked)).text).toBe(String(limit));
      expect((await ask("/count", { method: "POST", headers: { "Content-Length": String(limit + 1) } })).status).toBe(
        413,
      );
      // The connection may be reset while the client still sends.
      const tooLong = await send(limit + 1, chunked).then(
        ({ status }) => status,
        () => "reset",
      );
      expect([413, "reset"]).toContain(tooLong);
      expect((await ask("/healthz")).status).toBe(200);
    });

    it("answers 504 when the service's request timeout is over", async () => {
      store.put(echoService(bundle.digest, { template: { timeout: "1s" } }));
      expect((await ask("/never")).status).toBe(504);
    });

    it("logs a structured line under its severity", async () => {
      await ask("/healthz");
      expect(log[0]).toMatchObject({ stack: "dev", service: "echo", severity: "INFO", message: "listening" });
    });
  });
});
