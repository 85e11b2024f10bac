import { createServer } from "node:http";
import { echoInvoker, echoService } from "./fixtures/echo-service";
import { type EchoSurroundings, EchoTwin, echoAgent, portOf, prepareEcho } from "./fixtures/echo-twin";

describe("who gets into a Cloud Run service", () => {
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

  it("admits the IAP agent through the load balancer and says by which right", async () => {
    expect((await twin.ask("/healthz?code=c0de")).status).toBe(200);
    expect(twin.decisions).toEqual([
      expect.objectContaining({
        by: "cloud-run",
        outcome: "allowed",
        request: "GET /healthz on echo (dev)",
        reason: expect.stringContaining("roles/run.invoker"),
      }),
    ]);
  });

  it("answers 404 on the service's own address, as Google's frontend does, and starts nothing", async () => {
    twin.call = { ingress: "direct", invoker: { email: echoAgent } };
    const answer = await twin.ask("/healthz");
    expect([answer.status, answer.text]).toEqual([
      404,
      expect.stringContaining("The requested URL was not found on this server."),
    ]);
    expect(twin.decisions).toEqual([expect.objectContaining({ by: "cloud-run", outcome: "refused" })]);
    expect(twin.runner.processIds).toEqual([]);
  });

  it("does not admit a load balancer to a service with internal ingress", async () => {
    twin.store.put(echoService(surroundings.bundle.digest, { service: { ingress: "INGRESS_TRAFFIC_INTERNAL_ONLY" } }));
    expect((await twin.ask("/healthz")).status).toBe(404);
  });

  it.each([
    ["another account", { email: "other@ailab-data-dev.iam.gserviceaccount.com" }],
    ["the IAP agent of another project", { email: "service-710000000002@gcp-sa-iap.iam.gserviceaccount.com" }],
    ["nobody", "none"],
  ] as const)("answers 403 to %s", async (_who, invoker) => {
    twin.call = { ingress: "load-balancer", invoker };
    const answer = await twin.ask("/secret?x=<script>");
    expect([answer.status, answer.text]).toEqual([
      403,
      expect.stringContaining("does not have permission to get URL <code>/secret</code>"),
    ]);
    expect(twin.runner.processIds).toEqual([]);
  });

  it("takes the right away as soon as its binding goes", async () => {
    expect((await twin.ask("/healthz")).status).toBe(200);
    twin.store.remove("dev", echoInvoker.address);
    expect((await twin.ask("/healthz")).status).toBe(403);
  });

  it("asks no identity where the service's check is disabled, yet keeps the ingress rule", async () => {
    twin.store.put(echoService(surroundings.bundle.digest, { service: { invoker_iam_disabled: true } }));
    twin.call = { ingress: "load-balancer", invoker: "none" };
    expect((await twin.ask("/healthz")).status).toBe(200);
    twin.call = { ingress: "direct", invoker: "none" };
    expect((await twin.ask("/healthz")).status).toBe(404);
  });

  it("answers on the run.app address of a service with open ingress, and knows no other address", async () => {
    const resolve = twin.runner.runAppHost();
    expect(resolve("echo-710000000001.europe-west4.run.app")?.hostname).toBe("echo-710000000001.europe-west4.run.app");
    expect(resolve("echo-710000000002.europe-west4.run.app")).toBeUndefined();
    expect(resolve("dev.ailab.com")).toBeUndefined();
    const open = { ingress: "INGRESS_TRAFFIC_ALL", invoker_iam_disabled: true };
    twin.store.put(echoService(surroundings.bundle.digest, { service: open }));
    const host = resolve("echo-710000000001.europe-west4.run.app");
    const direct = createServer((request, response) => void host?.handle(request, response));
    await new Promise<void>((done) => direct.listen(0, "127.0.0.1", done));
    const response = await fetch(`http://127.0.0.1:${portOf(direct)}/healthz`);
    expect([response.status, await response.json()]).toEqual([200, "ok"]);
    direct.closeAllConnections();
    direct.close();
  });
});
