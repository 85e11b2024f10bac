import { createServer, type Server } from "node:http";
import { digestOf, handlerImage, ImageDelivery, projectRoot, readBaseLock } from "../../images";
import { type Decision, DecisionLog } from "../events";
import { ResourceStore } from "../store/resource-store";
import { ContainerRegistry } from "./container-registry";

const deployerToken = "ya29.d.the-deployer";
const image = handlerImage("token-broker");
const [baseLayer] = readBaseLock(projectRoot()).layers;

let server: Server;
let origin: string;
let store: ResourceStore;
let decisions: Decision[];

beforeEach(async () => {
  store = new ResourceStore();
  store.put({
    stack: "dev",
    type: "google_artifact_registry_repository",
    address: "google_artifact_registry_repository.images",
    name: "images",
    values: { project: "ailab-data-dev", location: "europe-west4", repository_id: "keyless" },
  });
  decisions = [];
  const log = new DecisionLog();
  log.subscribe((decision) => decisions.push(decision));
  const registry = new ContainerRegistry({ store, decisions: log, deployerToken, root: projectRoot() });
  server = createServer((request, response) => {
    const host = registry.resolve(request.headers["x-host"]?.toString() ?? "docker.pkg.dev");
    void host?.handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  origin = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const push = (password: string, repository = "ailab-data-dev/keyless/token-broker") =>
  new ImageDelivery({
    // The front serves it with TLS; here, what it says of itself is taken to be true of plain HTTP.
    fetch: (url, init) => fetch(url.replace(/^https:\/\/127/, "http://127"), init),
    pace: { now: Date.now, sleep: async () => undefined, report: () => undefined },
    credentials: async () => ({ username: "oauth2accesstoken", password }),
    originOf: () => origin.replace("http:", "https:"),
  }).push(image, { registry: "europe-west4-docker.pkg.dev", repository });

describe("the twin's Artifact Registry", () => {
  it("takes our image from the deployer, with its own layer only: the base is there", async () => {
    const { sent } = await push(deployerToken);
    expect(sent).toBeLessThan(image.appLayer.size + 10_000);
    expect(decisions).toContainEqual({
      by: "artifact-registry",
      request: `PUT /v2/ailab-data-dev/keyless/token-broker/manifests/${image.digest}`,
      outcome: "allowed",
      reason: "Whoever deploys may push.",
    });
    expect((await push(deployerToken)).sent).toBe(0);
  });

  it("gives nobody else a token", async () => {
    await expect(push("ya29.somebody-else")).rejects.toMatchObject({ code: "not-authorized" });
    expect(decisions).toEqual([expect.objectContaining({ outcome: "refused", request: "GET /v2/token" })]);
    expect(JSON.stringify(decisions)).not.toContain("ya29");
  });

  it.each([
    ["without a token", {}],
    ["with a token of its own making", { authorization: "Bearer x" }],
    [
      "with another user's name",
      { authorization: `Basic ${Buffer.from(`other:${deployerToken}`).toString("base64")}` },
    ],
  ])("lets nobody look %s, and says where a token is to be had", async (_, headers) => {
    const response = await fetch(`${origin}/v2/ailab-data-dev/keyless/token-broker/blobs/${baseLayer?.digest}`, {
      headers,
    });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toMatch(/^Bearer realm="https:\/\/127\.0\.0\.1:\d+\/v2\/token",/);
  });

  it.each([
    ["that was not applied", "ailab-data-dev/other/token-broker"],
    ["of another project", "ailab-data-prod/keyless/token-broker"],
  ])("knows no repository %s", async (_, repository) => {
    await expect(push(deployerToken, repository)).rejects.toMatchObject({
      code: "refused",
      message: expect.stringContaining("NAME_UNKNOWN"),
    });
  });

  it("answers for a location what lies there, and for no other host", async () => {
    const ask = (host: string) =>
      fetch(`${origin}/v2/ailab-data-dev/keyless/token-broker/blobs/${baseLayer?.digest}`, {
        method: "HEAD",
        headers: { authorization: `Bearer ${deployerToken}`, "x-host": host },
      });
    expect((await ask("europe-west4-docker.pkg.dev")).status).toBe(200);
    expect((await ask("us-east1-docker.pkg.dev")).status).toBe(404);
    const registry = new ContainerRegistry({ store, decisions: new DecisionLog(), deployerToken, root: projectRoot() });
    for (const host of ["pkg.dev", "docker.pkg.dev.example", "x.docker.pkg.dev", "gcr.io"]) {
      expect(registry.resolve(host)).toBeUndefined();
    }
  });

  it("forgets a repository's rights as soon as it is destroyed", async () => {
    await push(deployerToken);
    store.remove("dev", "google_artifact_registry_repository.images");
    await expect(push(deployerToken)).rejects.toMatchObject({ message: expect.stringContaining("NAME_UNKNOWN") });
  });

  it("keeps no image whose digest is another", async () => {
    const response = await fetch(`${origin}/v2/ailab-data-dev/keyless/token-broker/manifests/${digestOf("x")}`, {
      method: "PUT",
      headers: { authorization: `Bearer ${deployerToken}` },
      body: "y",
    });
    expect(response.status).toBe(400);
  });
});
