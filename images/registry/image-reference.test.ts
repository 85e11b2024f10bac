import { digestOf } from "../digest";
import { parseImageReference, registryOrigin } from "./image-reference";

const digest = digestOf("image");

describe("an image reference", () => {
  it.each([
    [
      "europe-west4-docker.pkg.dev/ailab-data-dev/keyless/iap-app",
      "europe-west4-docker.pkg.dev",
      "ailab-data-dev/keyless/iap-app",
      undefined,
      undefined,
    ],
    ["docker.io/library/node:24-slim", "docker.io", "library/node", "24-slim", undefined],
    [`localhost:5000/a__b/c.d-e@${digest}`, "localhost:5000", "a__b/c.d-e", undefined, digest],
    [`a.example/b:1@${digest}`, "a.example", "b", "1", digest],
  ])("has a registry and a repository: %s", (text, registry, repository, tag, named) => {
    expect(parseImageReference(text)).toEqual({
      registry,
      repository,
      ...(tag && { tag }),
      ...(named && { digest: named }),
    });
  });

  it.each([
    "",
    "node",
    "node:24",
    "library/node",
    "https://a.example/b",
    "a.example/",
    "a.example//b",
    "a.example/../b",
    "a.example/B",
    "a.example/b:",
    "a.example/b@sha256:0",
    `a.example/b@${digest}0`,
    "a.example/b c",
    "a.example/b?x=1",
    "a.example/b#c",
    "user@a.example/b",
    "a.example:/b",
    `a.example/${"b".repeat(600)}`,
  ])("is none: %j", (text) => {
    expect(parseImageReference(text)).toBeUndefined();
  });

  it("is looked for with TLS, unless it is on the loopback address", () => {
    expect(registryOrigin("a.example:5000")).toBe("https://a.example:5000");
    expect(registryOrigin("docker.io")).toBe("https://registry-1.docker.io");
    expect(registryOrigin("127.0.0.1:5000")).toBe("http://127.0.0.1:5000");
    expect(registryOrigin("127.0.0.1.example")).toBe("https://127.0.0.1.example");
    expect(registryOrigin("localhost.example")).toBe("https://localhost.example");
  });
});
