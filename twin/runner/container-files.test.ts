import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { prepareContainer, replaceMountPaths, SecretMissingError } from "./container-files";
import { echoService } from "./fixtures/echo-service";
import { readService } from "./service-resource";

describe("container files", () => {
  let parent: string;
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), "keyless-containers-"));
  });
  afterEach(() => rm(parent, { recursive: true }));

  const secretVolume = (name: string) => ({ name, secret: { secret: `${name}-secret`, items: [{ path: "content" }] } });
  const service = readService(
    echoService("a".repeat(64), {
      template: { volumes: [secretVolume("one"), secretVolume("two")] },
      container: {
        volume_mounts: [
          { name: "one", mount_path: "/secrets/one" },
          { name: "two", mount_path: "/secrets/two" },
        ],
        env: [
          { name: "FILES", value: "/secrets/one/content /secrets/two/content" },
          { name: "KEY", value_source: { secret_key_ref: { secret: "key" } } },
        ],
      },
    }),
  );

  it("hold each secret at its mount and are named in the environment", async () => {
    const container = await prepareContainer(service, (name, stack) => `${name} of ${stack}`, parent);
    const files = container.environment.FILES?.split(" ") ?? [];
    expect(await Promise.all(files.map((file) => readFile(file, "utf8")))).toEqual([
      "one-secret of dev",
      "two-secret of dev",
    ]);
    expect(container.environment.KEY).toBe("key of dev");
    expect(container.secrets).toEqual(["one-secret of dev", "two-secret of dev", "key of dev"]);
    await container.remove();
    expect(await readdir(parent)).toEqual([]);
  });

  it("leave nothing behind when a later secret is missing", async () => {
    const read = (name: string) => (name === "two-secret" ? undefined : "content");
    await expect(prepareContainer(service, read, parent)).rejects.toThrow(SecretMissingError);
    expect(await readdir(parent)).toEqual([]);
  });
});

describe("mount paths in the environment", () => {
  const mounts = new Map([
    ["/secrets/entra", "/d/mount-1"],
    ["/secrets/entra-ca", "/d/mount-2"],
    ["/secrets/a.b", "/d/mount-3"],
  ]);

  it.each([
    ["/secrets/entra", "/d/mount-1"],
    ['{"keyFile":"/secrets/entra/key.pem"}', '{"keyFile":"/d/mount-1/key.pem"}'],
    ['["/secrets/entra/a","/secrets/entra-ca/b"]', '["/d/mount-1/a","/d/mount-2/b"]'],
    ["--key=/secrets/entra/key.pem", "--key=/d/mount-1/key.pem"],
    ["/secrets/a.b/c", "/d/mount-3/c"],
  ])("gives %s its directory", (value, expected) => {
    expect(replaceMountPaths(value, mounts)).toBe(expected);
  });

  it.each([
    "/secrets/entrance/key.pem",
    "/other/secrets/entra/key.pem",
    "https://example.com/secrets/entra/key.pem",
    "//iam.googleapis.com/secrets/entra",
    "/secrets/axb/c",
    "/secrets",
  ])("leaves %s as it is", (value) => {
    expect(replaceMountPaths(value, mounts)).toBe(value);
  });

  it("leaves a value as it is where nothing is mounted", () => {
    expect(replaceMountPaths("/secrets/entra", new Map())).toBe("/secrets/entra");
  });
});
