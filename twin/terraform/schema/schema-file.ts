import { gunzipSync, gzipSync } from "node:zlib";
import { z } from "zod";
import type { AttributeType, BlockSchema, ProviderSchemas } from "./block-schema";
import type { RecoveredProvider } from "./recover-provider";
import { markSensitive, sensitiveOfDataSources, sensitiveOfResources } from "./sensitive-attributes";

const attributeType: z.ZodType<AttributeType> = z.lazy(() =>
  z.union([
    z.enum(["string", "number", "bool"]),
    z.tuple([z.enum(["list", "set", "map"]), attributeType]),
    z.tuple([z.literal("object"), z.record(z.string(), attributeType)]),
  ]),
);
const flag = z.literal(true).exactOptional();
const attribute = z.strictObject({
  type: attributeType,
  required: flag,
  optional: flag,
  computed: flag,
  sensitive: flag,
});
const block: z.ZodType<BlockSchema> = z.lazy(() =>
  z.strictObject({
    attributes: z.record(z.string(), attribute),
    blocks: z.record(
      z.string(),
      z.strictObject({ nesting: z.enum(["single", "list", "set"]), minItems: z.int(), maxItems: z.int(), block }),
    ),
  }),
);
const head = z.strictObject({ version: z.string(), configuration: block });

/**
 * A provider's schemas as a compressed text: one line for the provider, then one line a type, `resource google_x {…}`, so
 * that a reader parses only the types it is asked for.
 */
export function writeSchemas({ version, configuration, resources, dataSources }: RecoveredProvider): Buffer {
  const lines = [JSON.stringify({ version, configuration })];
  for (const [type, schema] of resources) lines.push(`resource ${type} ${JSON.stringify(schema)}`);
  for (const [type, schema] of dataSources) lines.push(`data ${type} ${JSON.stringify(schema)}`);
  return gzipSync(lines.join("\n"));
}

/** @throws {Error} where the text is damaged */
export function readSchemas(provider: string, compressed: Buffer): ProviderSchemas {
  const [first = "", ...lines] = gunzipSync(compressed).toString("utf8").split("\n");
  const { version, configuration } = head.parse(JSON.parse(first));
  const resources = new Map<string, string>();
  const dataSources = new Map<string, string>();
  for (const line of lines) {
    const [kind, type = ""] = line.split(" ", 2);
    const json = line.slice(`${kind} ${type} `.length);
    if (kind === "resource") resources.set(type, json);
    else if (kind === "data") dataSources.set(type, json);
    else throw new Error(`not a line of schemas: ${line.slice(0, 40)}`);
  }
  return {
    provider,
    version,
    configuration,
    resourceTypes: [...resources.keys()],
    dataSourceTypes: [...dataSources.keys()],
    resource: lazily(resources, sensitiveOfResources),
    dataSource: lazily(dataSources, sensitiveOfDataSources),
  };
}

/** Parses a type's schema each time it is asked for: whoever goes through all of them keeps none. */
function lazily(texts: ReadonlyMap<string, string>, sensitive: Readonly<Record<string, readonly string[]>>) {
  return (type: string): BlockSchema | undefined => {
    const text = texts.get(type);
    return text === undefined ? undefined : markSensitive(block.parse(JSON.parse(text)), sensitive[type] ?? []);
  };
}
