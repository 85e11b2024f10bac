import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { handlerImage, MemoryRegistry, projectRoot, readBaseLock } from "../images";
import { lockBase, pushImages } from "./images";
import { registryCredentials } from "./registry-credentials";
import { UserError } from "./user-error";

const image = handlerImage("token-broker");
let server: Server;
let host: string;
let written: string[];

beforeEach(async () => {
  const registry = new MemoryRegistry({ present: readBaseLock(projectRoot()).layers });
  server = createServer((request, response) => void registry.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  host = `127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  written = [];
  jest.spyOn(process.stdout, "write").mockImplementation((text) => written.push(String(text)) > 0);
  jest.spyOn(process.stderr, "write").mockImplementation(() => true);
});
afterEach(async () => {
  jest.restoreAllMocks();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe("keyless images", () => {
  it("pushes, and prints the reference that an environment file takes", async () => {
    await pushImages({ handler: "token-broker", to: `${host}/company/keyless`, json: false });
    expect(written).toEqual([`${host}/company/keyless/token-broker@${image.digest}\n`]);
  });

  it("prints the same as JSON, and nothing else there", async () => {
    await pushImages({ handler: "token-broker", to: `${host}/company/keyless`, json: true });
    expect(JSON.parse(written.join(""))).toEqual([
      { handler: "token-broker", image: `${host}/company/keyless/token-broker@${image.digest}` },
    ]);
  });

  it.each([
    ["a place that is none", () => pushImages({ to: "keyless", json: false }), /expected a registry and a folder/],
    ["a base without a registry", () => lockBase({ reference: "node:24" }), /expected one such as docker\.io\//],
    [
      "a base that is not there",
      () => lockBase({ reference: `${host}/base/node:24` }),
      /^There is no base\/node, 24, at http/,
    ],
  ])("says in one line what is wrong with %s", async (_, work, message) => {
    const error: unknown = await work().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toMatch(/^[^\n]+$/);
    expect(error).toMatchObject({ message: expect.stringMatching(message) });
  });
});

describe("who asks at a registry", () => {
  const token = async () => "ya29.token";
  let folder: string;
  const docker = () => ({ DOCKER_CONFIG: folder });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "keyless-docker-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("is the one who is signed in to Google, at Google's registries", async () => {
    for (const registry of ["europe-west4-docker.pkg.dev", "us-docker.pkg.dev", "eu.gcr.io"]) {
      expect(await registryCredentials(registry, token, docker())).toEqual({
        username: "oauth2accesstoken",
        password: "ya29.token",
      });
    }
  });

  it.each(["registry.example", "gcr.io", "docker.pkg.dev.example", "x-docker.pkg.dev.example", "docker.io"])(
    "is nobody with a Google token at %s",
    async (registry) => {
      expect(await registryCredentials(registry, token, docker())).toBeUndefined();
    },
  );

  it("is the one that docker knows, elsewhere", async () => {
    const auth = Buffer.from("user:pass:word").toString("base64");
    writeFileSync(join(folder, "config.json"), JSON.stringify({ auths: { "registry.example": { auth } } }));
    expect(await registryCredentials("registry.example", token, docker())).toEqual({
      username: "user",
      password: "pass:word",
    });
    expect(await registryCredentials("other.example", token, docker())).toBeUndefined();
  });

  it.each([
    "",
    "{",
    "[]",
    '{"auths":{"registry.example":{}}}',
    '{"auths":{"registry.example":{"auth":"bm9jb2xvbg=="}}}',
  ])("is nobody where docker's file says %j", async (text) => {
    writeFileSync(join(folder, "config.json"), text);
    expect(await registryCredentials("registry.example", token, docker())).toBeUndefined();
  });
});
