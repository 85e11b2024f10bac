import { parseBaseLock } from "../base-lock";
import { digestOf } from "../digest";
import { uncompressedLayer } from "../recipe/uncompressed-layer";
import { fixtureLock } from "../testing/fixture-lock";
import { describe as describeContent, handlerOciImage, mediaTypes } from "./oci-image";

const appLayer = uncompressedLayer([
  { kind: "directory", path: "app" },
  { kind: "file", path: "app/main.cjs", content: Buffer.from("console.log(1);\n") },
]);
const image = handlerOciImage(fixtureLock, appLayer);

describe("the image of a handler", () => {
  it("has the digest that it always had, whatever machine, time or version of Node.js it is made with", () => {
    expect(image.digest).toBe("sha256:26cfd7090c47455deff896972ddfdab8d190469ea5ea3b2180ead470b677f7d6");
  });

  it("is named by what its manifest says", () => {
    expect(digestOf(image.manifest)).toBe(image.digest);
    const manifest = JSON.parse(image.manifest);
    expect(manifest).toEqual({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: describeContent(mediaTypes.config, image.config.content),
      layers: [
        ...fixtureLock.layers.map(({ diffId: _, ...layer }) => layer),
        { mediaType: mediaTypes.layer, digest: appLayer.digest, size: appLayer.size },
      ],
      annotations: {
        "org.opencontainers.image.base.name": fixtureLock.reference,
        "org.opencontainers.image.base.digest": fixtureLock.manifest,
      },
    });
  });

  it("runs the bundle with the base's Node.js, never as root, and was made at the epoch", () => {
    const { created, config, rootfs } = JSON.parse(image.config.content);
    expect(created).toBe("1970-01-01T00:00:00Z");
    expect(config).toEqual({
      User: "65532:65532",
      ExposedPorts: { "8080/tcp": {} },
      Env: ["PATH=/usr/local/bin", "NODE_ENV=production"],
      Entrypoint: ["/usr/local/bin/node", "/app/main.cjs"],
      WorkingDir: "/app",
      StopSignal: "SIGTERM",
    });
    expect(rootfs.diff_ids).toEqual([...fixtureLock.layers, appLayer].map(({ diffId }) => diffId));
  });

  it("is another one on another base", () => {
    const other = { ...fixtureLock, manifest: digestOf("another") };
    expect(handlerOciImage(other, appLayer).digest).not.toBe(image.digest);
  });
});

describe("the lock of the base", () => {
  const text = JSON.stringify(fixtureLock);
  const changed = (change: Record<string, unknown>) => JSON.stringify({ ...JSON.parse(text), ...change });

  it("is read as it is written", () => {
    expect(parseBaseLock(text)).toEqual(fixtureLock);
  });

  it.each<[problem: string, text: string, message: string]>([
    ["no JSON", "{", "images/base.lock.json: "],
    ["a tag for a digest", changed({ manifest: "latest" }), "images/base.lock.json.manifest: expected sha256:"],
    ["another machine", changed({ platform: "linux/arm64" }), "images/base.lock.json.platform: "],
    ["no layers", changed({ layers: [] }), "images/base.lock.json.layers: "],
    [
      "a layer of unknown kind",
      changed({ layers: [{ ...fixtureLock.layers[0], mediaType: "text/plain" }] }),
      ".0.mediaType: ",
    ],
    [
      "a digest in a reference",
      changed({ reference: "a.example/b@sha256:0" }),
      ".reference: expected an image reference",
    ],
    ["options in place of a path", changed({ node: "/usr/bin/node --inspect" }), ".node: expected an absolute path"],
    ["what nobody knows", changed({ extra: 1 }), "images/base.lock.json: "],
  ])("is refused with %s, in one line that says how to make it", (_, wrong, message) => {
    let thrown: unknown;
    try {
      parseBaseLock(wrong);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: "invalid-lock", message: expect.stringContaining(message) });
    expect(String(thrown)).toMatch(/^[^\n]*keyless images lock-base[^\n]*$/);
  });
});
