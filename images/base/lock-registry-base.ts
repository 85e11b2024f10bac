import { z } from "zod";
import { type BaseLock, baseLockSchema } from "../base-lock";
import { type Digest, digestSchema } from "../digest";
import { mediaTypes } from "../oci/oci-image";
import type { ImageReference } from "../registry/image-reference";
import type { RegistryClient } from "../registry/registry-client";
import { RegistryError } from "../registry/registry-error";

const descriptor = z.object({ mediaType: z.string(), digest: digestSchema, size: z.int().min(0) });
const indexSchema = z.object({
  manifests: z.array(
    descriptor.extend({
      platform: z.object({ architecture: z.string(), os: z.string() }).optional(),
    }),
  ),
});
const manifestSchema = z.object({ config: descriptor, layers: z.array(descriptor).min(1).max(127) });
const configSchema = z.object({
  architecture: z.literal("amd64"),
  os: z.literal("linux"),
  config: z.object({ Env: z.array(z.string()).nullish(), Entrypoint: z.array(z.string()).nullish() }).nullish(),
  rootfs: z.object({ diff_ids: z.array(digestSchema) }),
});
const longestConfig = 1_048_576;

/** Docker's names for what is the same bytes. Source: OCI image specification, media-types.md#compatibility-matrix. */
const layerTypes: Readonly<Record<string, string>> = {
  "application/vnd.docker.image.rootfs.diff.tar.gzip": "application/vnd.oci.image.layer.v1.tar+gzip",
};

/**
 * Pins an image of a registry as the base: its linux/amd64 variant, with all digests.
 * @param node where Node.js lies in it; unless given, what the image's own entry point says, or else looked up in PATH
 * @throws {RegistryError}
 */
export async function lockRegistryBase(
  client: RegistryClient,
  { registry, repository, tag, digest }: ImageReference,
  node?: string,
): Promise<BaseLock> {
  const named = digest ?? tag ?? "latest";
  const top = await client.manifest(repository, named);
  const isIndex = top.mediaType === mediaTypes.index || top.mediaType.endsWith(".list.v2+json");
  const manifest = isIndex ? await client.manifest(repository, amd64Of(top.content)) : top;
  const { config, layers } = read(manifestSchema, manifest.content, "manifest");
  const own = read(configSchema, await wholeBlob(client, repository, config), "configuration");
  const diffIds = own.rootfs.diff_ids;
  if (diffIds.length !== layers.length) {
    throw new RegistryError(
      "unexpected-answer",
      `${repository} has ${layers.length} layers and ${diffIds.length} diff ids.`,
    );
  }
  const lock = {
    reference: `${registry}/${repository}${tag === undefined ? "" : `:${tag}`}`,
    platform: "linux/amd64",
    manifest: manifest.digest,
    config: config.digest,
    node: node ?? nodeOf(own.config?.Entrypoint ?? []),
    environment: Object.fromEntries((own.config?.Env ?? []).map(variable)),
    layers: layers.map((layer, index) => ({
      mediaType: layerTypes[layer.mediaType] ?? layer.mediaType,
      digest: layer.digest,
      size: layer.size,
      diffId: diffIds[index],
    })),
    source: { kind: "registry" },
  };
  return read(baseLockSchema, Buffer.from(JSON.stringify(lock)), "manifest or configuration");
}

/** `NAME=value` */
function variable(entry: string): readonly [name: string, value: string] {
  const at = entry.indexOf("=");
  return at === -1 ? [entry, ""] : [entry.slice(0, at), entry.slice(at + 1)];
}

function amd64Of(index: Buffer): Digest {
  const { manifests } = read(indexSchema, index, "index");
  const found = manifests.find(({ platform }) => platform?.architecture === "amd64" && platform.os === "linux");
  if (found === undefined) throw new RegistryError("not-found", "The image has no variant for linux/amd64.");
  return found.digest;
}

/** Entry points of Node's images: the program itself, or a script that runs what follows. */
function nodeOf(entryPoint: readonly string[]): string {
  const [first] = entryPoint;
  return entryPoint.length === 1 && first?.endsWith("/node") === true ? first : "node";
}

async function wholeBlob(
  client: RegistryClient,
  repository: string,
  config: { readonly digest: Digest; readonly size: number },
): Promise<Buffer> {
  if (config.size > longestConfig) {
    throw new RegistryError("unexpected-answer", `${repository} has a configuration of ${config.size} bytes.`);
  }
  const pieces: Uint8Array[] = [];
  for await (const piece of client.readBlob(repository, config)) pieces.push(piece);
  return Buffer.concat(pieces);
}

function read<Schema extends z.ZodType>(schema: Schema, content: Buffer, what: string): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(content.toString("utf8"));
  } catch {
    value = undefined;
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const place = issue?.path.join(".") ?? "";
  throw new RegistryError("unexpected-answer", `The base's ${what} is of no use: ${place}: ${issue?.message ?? ""}.`);
}
