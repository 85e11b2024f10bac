import type { BaseLock } from "../base-lock";
import { digestOf } from "../digest";

/** For tests: the contents of the layers of a small base. */
export const fixtureLayers: readonly Buffer[] = [Buffer.from("first layer of the base"), Buffer.from("second layer")];

/** For tests: the lock of that base, which nobody runs. */
export const fixtureLock: BaseLock = {
  reference: "registry.example/base/node:24",
  platform: "linux/amd64",
  manifest: digestOf("manifest"),
  config: digestOf("configuration"),
  node: "/usr/local/bin/node",
  environment: { PATH: "/usr/local/bin", NODE_ENV: "development" },
  layers: fixtureLayers.map((content) => ({
    mediaType: "application/vnd.oci.image.layer.v1.tar",
    digest: digestOf(content),
    size: content.length,
    diffId: digestOf(content),
  })),
  source: { kind: "registry" },
};
