import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import {
  type BlockSchema,
  fromKeptFile,
  keptDirectory,
  type Nesting,
  type ProviderSchemas,
  sensitiveOfDataSources,
  sensitiveOfResources,
} from "../schema";
import { encodeMessage } from "./descriptor";

const nestings: Readonly<Record<Nesting, number>> = { single: 1, list: 2, set: 3 };

/** Raised when the form of the answer changes; kept ones of before are then not read. */
const revision = 1;

/**
 * The answer to GetSchema with all types of a provider, encoded. It is kept, for to parse and encode the schemas of more
 * than a thousand types takes half a second and a hundred megabytes.
 */
export function schemaResponse(schemas: ProviderSchemas, directory: string = keptDirectory()): Buffer {
  const marks = JSON.stringify([revision, sensitiveOfResources, sensitiveOfDataSources]);
  const digest = createHash("sha256").update(marks).digest("hex").slice(0, 16);
  return fromKeptFile(directory, `${schemas.provider}-${schemas.version}-schema-${digest}.gz`, gunzipSync, () =>
    gzipSync(encodeSchemas(schemas)),
  );
}

/** One type after the other: protobuf messages that follow one another are one message with the fields of both. */
export function encodeSchemas(schemas: ProviderSchemas): Buffer {
  const encode = (part: object) => encodeMessage("GetSchemaResponse", part);
  return Buffer.concat([
    // Terraform then asks once a run instead of once for each resource.
    encode({ provider: schemaMessage(schemas.configuration), serverCapabilities: { getProviderSchemaOptional: true } }),
    ...schemas.resourceTypes.map((type) => encode({ resourceSchemas: one(type, schemas.resource(type)) })),
    ...schemas.dataSourceTypes.map((type) => encode({ dataSourceSchemas: one(type, schemas.dataSource(type)) })),
  ]);
}

function one(type: string, schema: BlockSchema | undefined): object {
  return schema === undefined ? {} : { [type]: schemaMessage(schema) };
}

function schemaMessage(block: BlockSchema): object {
  return { version: 0, block: blockMessage(block) };
}

function blockMessage({ attributes, blocks }: BlockSchema): object {
  return {
    attributes: Object.entries(attributes).map(([name, { type, ...flags }]) => ({
      name,
      type: Buffer.from(JSON.stringify(type)),
      ...flags,
    })),
    blockTypes: Object.entries(blocks).map(([typeName, { nesting, minItems, maxItems, block }]) => ({
      typeName,
      nesting: nestings[nesting],
      minItems,
      maxItems,
      block: blockMessage(block),
    })),
  };
}
