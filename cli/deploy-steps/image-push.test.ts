import { createServer } from "node:http";
import {
  digestOf,
  handlerImage,
  MemoryRegistry,
  projectRoot,
  readBaseLock,
  registryRefusal,
  sendRegistryReply,
} from "../../images";
import { runDeployStep } from "./run-deploy-step";
import { recordedDependencies, testToken } from "./scripted-google";

const image = handlerImage("token-broker");
const repository = "europe-west4-docker.pkg.dev/ailab-data-dev/keyless/token-broker";
const basic = `Basic ${Buffer.from(`oauth2accesstoken:${testToken}`).toString("base64")}`;

let close: () => Promise<void> = async () => undefined;
afterEach(() => close());

/** A registry that has the base already, and answers the first requests with an error. */
async function startRegistry(refusals = 0) {
  const registry = new MemoryRegistry({ present: readBaseLock(projectRoot()).layers });
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url?.split("?")[0]}`);
    request.on("error", () => undefined);
    if (request.headers.authorization !== basic) {
      const challenge = { "www-authenticate": 'Basic realm="registry"' };
      sendRegistryReply(response, registryRefusal("UNAUTHORIZED", "sign in", challenge));
    } else if (requests.length <= refusals) {
      sendRegistryReply(
        response,
        registryRefusal("DENIED", "Permission artifactregistry.repositories.uploadArtifacts denied"),
      );
    } else {
      void registry.handle(request, response);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  close = () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { origin: `http://127.0.0.1:${port}`, registry, requests };
}

async function run(containerRegistry: string, variables: NodeJS.ProcessEnv = {}) {
  const dependencies = recordedDependencies();
  const environment = {
    KEYLESS_HANDLER: "token-broker",
    KEYLESS_IMAGE: `${repository}@${image.digest}`,
    KEYLESS_ENDPOINTS: JSON.stringify({ containerRegistry }),
    ...variables,
  };
  const outcome = await runDeployStep("image-push", environment, dependencies).then(
    () => "done" as const,
    (error: unknown) => error,
  );
  return { outcome, ...dependencies };
}

describe("the step that pushes a handler's image", () => {
  it("sends what the registry lacks, and nothing the next time", async () => {
    const { origin, registry, requests } = await startRegistry();
    const first = await run(origin);
    expect(first.outcome).toBe("done");
    expect(first.lines).toEqual([
      "image-push: layer 1 of 3 is there already",
      "image-push: layer 2 of 3 is there already",
      expect.stringMatching(/^image-push: layer 3 of 3: sending \d\.\d MB$/),
      expect.stringMatching(/^image-push: ailab-data-dev\/keyless\/token-broker@sha256:[0-9a-f]{64} is pushed, /),
    ]);
    expect(registry.hasBlob("ailab-data-dev/keyless/token-broker", image.appLayer.digest)).toBe(true);
    requests.length = 0;
    expect((await run(origin)).outcome).toBe("done");
    expect(requests.filter((request) => !request.startsWith("HEAD"))).toEqual([]);
  });

  it("waits for rights that were given a moment ago", async () => {
    const { origin } = await startRegistry(4);
    const { outcome, pauses, lines } = await run(origin);
    expect(outcome).toBe("done");
    expect(pauses.slice(0, 2)).toEqual([1_000, 2_000]);
    expect(lines.join("\n")).toMatch(/answered 403.*; trying again in 1 s/);
  });

  it("gives up after seven minutes, without the token in any line", async () => {
    const { origin } = await startRegistry(1_000);
    const { outcome, pauses, lines } = await run(origin);
    expect(outcome).toMatchObject({ code: "gave-up", message: expect.stringMatching(/^image-push: Gave up: /) });
    const waited = pauses.reduce((sum, one) => sum + one, 0);
    expect(waited).toBeGreaterThan(380_000);
    expect(waited).toBeLessThanOrEqual(420_000);
    expect([String(outcome), ...lines].join("\n")).not.toContain(testToken);
  });

  it("pushes nothing when the source no longer makes the image that was planned", async () => {
    const { origin, requests } = await startRegistry();
    const planned = digestOf("an older source");
    const { outcome } = await run(origin, { KEYLESS_IMAGE: `${repository}@${planned}` });
    expect(outcome).toMatchObject({
      code: "refused",
      message: `image-push: the source of token-broker now makes ${image.digest}, and ${planned} was planned: synthesize and plan again.`,
    });
    expect(requests).toEqual([]);
  });

  it.each([
    ["a registry of somebody else's", { KEYLESS_IMAGE: `registry.example/p/keyless/token-broker@${image.digest}` }],
    ["a host that only looks like Google's", { KEYLESS_IMAGE: `x-docker.pkg.dev.example/p/k/i@${image.digest}` }],
    ["a tag", { KEYLESS_IMAGE: `${repository}:latest` }],
    ["a tag beside the digest", { KEYLESS_IMAGE: `${repository}:latest@${image.digest}` }],
    ["no image", { KEYLESS_IMAGE: undefined }],
    ["no handler of ours", { KEYLESS_HANDLER: "constructor" }],
    ["no handler", { KEYLESS_HANDLER: undefined }],
  ])("sends the token nowhere when it is given %s", async (_, variables) => {
    const { origin, requests } = await startRegistry();
    const { outcome } = await run(origin, variables);
    expect(outcome).toMatchObject({
      code: "invalid-input",
      message: expect.stringMatching(/^KEYLESS_(IMAGE|HANDLER): /),
    });
    expect(requests).toEqual([]);
  });
});
