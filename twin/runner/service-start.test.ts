import { echoService } from "./fixtures/echo-service";
import { type EchoSurroundings, EchoTwin, prepareEcho } from "./fixtures/echo-twin";

describe("a start that fails", () => {
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

  const explanations = () =>
    twin.decisions.filter(({ outcome }) => outcome === "refused").map(({ explanation }) => explanation);

  it.each([
    ["another digest than the bundle's", "f".repeat(64), "is not that of the bundle iap-app"],
    ["a tag in place of a digest", "latest", "expected an image"],
  ])("is refused for %s", async (_what, digest, problem) => {
    twin.store.put(echoService(digest));
    expect((await twin.ask("/process")).status).toBe(503);
    expect(explanations()).toEqual([expect.stringContaining(problem)]);
  });

  it("is refused for a secret without a version", async () => {
    twin.secret = undefined;
    expect((await twin.ask("/process")).status).toBe(503);
    expect(explanations()).toEqual(["The secret entra-key of dev has no version."]);
  });

  it("names what the handler said last, without its secrets", async () => {
    twin.store.put(echoService(surroundings.bundle.digest, { environment: { EXIT_AT_START: "yes" } }));
    const answer = await twin.ask("/process");
    expect(answer.status).toBe(503);
    expect(answer.text).not.toContain("ended");
    expect(explanations()).toEqual(["The handler ended before it was healthy. It last said: starting with [secret]"]);
    expect(JSON.stringify([twin.log, twin.decisions])).not.toContain("a-private-key");
  });

  it("ends when the probe's time is up", async () => {
    const startup_probe = { http_get: { path: "/never" }, period_seconds: 1, failure_threshold: 3 };
    twin.store.put(echoService(surroundings.bundle.digest, { container: { startup_probe } }));
    expect((await twin.ask("/process")).status).toBe(503);
    expect(explanations()).toEqual([expect.stringContaining("was not healthy within 3 s: GET /never does not answer")]);
    expect(twin.runner.processIds).toEqual([]);
  });

  it("is reported by address and path when the resource itself is wrong", async () => {
    twin.store.put(echoService(surroundings.bundle.digest, { template: { timeout: "5 minutes" } }));
    await expect(twin.runner.start()).rejects.toThrow(
      "dev: google_cloud_run_v2_service.echo: template.0.timeout: expected seconds, such as 300s",
    );
    expect((await twin.ask("/process")).status).toBe(503);
  });
});
