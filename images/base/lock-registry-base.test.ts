import { digestOf } from "../digest";
import { mediaTypes } from "../oci/oci-image";
import { RegistryClient } from "../registry/registry-client";
import { recordedPace, reply, startScriptedRegistry } from "../testing/scripted-registry";
import { lockRegistryBase } from "./lock-registry-base";

const docker = {
  list: "application/vnd.docker.distribution.manifest.list.v2+json",
  manifest: "application/vnd.docker.distribution.manifest.v2+json",
  layer: "application/vnd.docker.image.rootfs.diff.tar.gzip",
};
const diffIds = [digestOf("one, uncompressed"), digestOf("two, uncompressed")];
const config = {
  architecture: "amd64",
  os: "linux",
  config: { Env: ["PATH=/usr/bin", "NODE_VERSION=24.1.0"], Entrypoint: ["/nodejs/bin/node"] },
  rootfs: { type: "layers", diff_ids: diffIds },
};
const layers = ["one", "two"].map((content) => ({ mediaType: docker.layer, digest: digestOf(content), size: 3 }));

let close: () => Promise<void> = async () => undefined;
afterEach(() => close());

interface Published {
  readonly config?: object;
  readonly manifest?: object;
  readonly platforms?: readonly object[];
}

/** Locks an image of a registry that has it under the tag `24`, for several machines. */
async function lock(published: Published = {}, node?: string) {
  const files = new Map<string, readonly [type: string, content: string]>();
  const put = (type: string, content: unknown) => {
    const body = JSON.stringify(content);
    files.set(digestOf(body), [type, body]);
    return { mediaType: type, digest: digestOf(body), size: body.length };
  };
  const configDescriptor = put("application/vnd.docker.container.image.v1+json", published.config ?? config);
  const manifest = put(docker.manifest, { schemaVersion: 2, config: configDescriptor, layers, ...published.manifest });
  const platforms = published.platforms ?? [
    { architecture: "arm64", os: "linux" },
    { architecture: "amd64", os: "linux" },
  ];
  const index = JSON.stringify({
    manifests: platforms.map((platform, at) => ({
      ...(at === platforms.length - 1 ? manifest : { ...manifest, digest: digestOf("other machine") }),
      platform,
    })),
  });
  files.set("24", [docker.list, index]);
  const registry = await startScriptedRegistry(({ path }, response) => {
    const [type, content] = files.get(path.split("/").at(-1) ?? "") ?? [];
    if (type === undefined) return reply(response, 404);
    return reply(response, 200, { "content-type": type }, content);
  });
  close = registry.close;
  const client = new RegistryClient({ origin: registry.origin, fetch, pace: recordedPace() });
  const reference = { registry: "base.example", repository: "team/node", tag: "24" };
  return { manifest, configDescriptor, locked: await lockRegistryBase(client, reference, node) };
}

describe("locking an image of a registry as the base", () => {
  it("pins its variant for Cloud Run's machines, down to the layers, with the media types of OCI", async () => {
    const { locked, manifest, configDescriptor } = await lock();
    expect(locked).toEqual({
      reference: "base.example/team/node:24",
      platform: "linux/amd64",
      manifest: manifest.digest,
      config: configDescriptor.digest,
      node: "/nodejs/bin/node",
      environment: { PATH: "/usr/bin", NODE_VERSION: "24.1.0" },
      layers: layers.map(({ digest, size }, index) => ({
        mediaType: `${mediaTypes.layer}+gzip`,
        digest,
        size,
        diffId: diffIds[index],
      })),
      source: { kind: "registry" },
    });
  });

  it.each([
    ["a script of its own", { ...config.config, Entrypoint: ["docker-entrypoint.sh"] }],
    ["none", { Env: [] }],
    ["Node.js with options", { Entrypoint: ["/nodejs/bin/node", "--inspect"] }],
  ])("looks Node.js up in PATH when the image's entry point is %s", async (_, inner) => {
    expect((await lock({ config: { ...config, config: inner } })).locked.node).toBe("node");
  });

  it("takes the path of Node.js that it is given", async () => {
    expect((await lock({}, "/opt/node")).locked.node).toBe("/opt/node");
  });

  it.each<[problem: string, published: Published]>([
    ["is for other machines only", { platforms: [{ architecture: "arm64", os: "linux" }] }],
    ["says it is for others than it is", { config: { ...config, architecture: "arm64" } }],
    ["has fewer diff ids than layers", { config: { ...config, rootfs: { diff_ids: diffIds.slice(1) } } }],
    ["has a diff id that is none", { config: { ...config, rootfs: { diff_ids: [diffIds[0], "latest"] } } }],
    [
      "has layers that lie elsewhere",
      {
        manifest: {
          layers: [layers[0], { ...layers[1], mediaType: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip" }],
        },
      },
    ],
    ["has no layers", { manifest: { layers: [] } }],
    ["has a layer of negative size", { manifest: { layers: [layers[0], { ...layers[1], size: -1 }] } }],
    [
      "has an enormous configuration",
      { manifest: { config: { mediaType: "x", digest: digestOf("x"), size: 2_000_000_000 } } },
    ],
    ["sets variables that break lines", { config: { ...config, config: { Env: ["A=b\nC=d"] } } }],
  ])("refuses one that %s", async (_, published) => {
    await expect(lock(published)).rejects.toMatchObject({
      name: "RegistryError",
      message: expect.stringMatching(/^[^\n]+$/),
    });
  });

  it("refuses a path of Node.js that is none", async () => {
    await expect(lock({}, "node --inspect")).rejects.toMatchObject({ name: "RegistryError" });
  });
});
