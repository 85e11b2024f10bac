import { readdirSync } from "node:fs";
import { join } from "node:path";
import { sourceOfFolder } from "./binding-source";
import type { BlockSchema } from "./block-schema";
import { recoverSchema } from "./recover-schema";

/** Schemas of one provider as they were recovered. */
export interface RecoveredProvider {
  readonly version: string;
  readonly configuration: BlockSchema;
  readonly resources: ReadonlyMap<string, BlockSchema>;
  readonly dataSources: ReadonlyMap<string, BlockSchema>;
}

/** What cdktf adds to the arguments of every provider; Terraform itself reads it, no provider has it. */
const metaArgument = "alias";

/**
 * Recovers all schemas of a provider from the `lib` folder of its bindings. Reads every file there: about a second.
 * @throws {Error} where the folder holds no provider, or a text of a form that is not known
 */
export function recoverProvider(lib: string): RecoveredProvider {
  const resources = new Map<string, BlockSchema>();
  const dataSources = new Map<string, BlockSchema>();
  let provider: Pick<RecoveredProvider, "version" | "configuration"> | undefined;
  for (const entry of readdirSync(lib, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const recovered = recoverSchema(sourceOfFolder(join(lib, entry.name)));
    if (recovered === undefined) continue;
    const { kind, type, providerVersion, schema } = recovered;
    if (kind === "resource") resources.set(type, schema);
    else if (kind === "data-source") dataSources.set(type, schema);
    else {
      const { [metaArgument]: _, ...attributes } = schema.attributes;
      provider = { version: providerVersion, configuration: { ...schema, attributes } };
    }
  }
  if (provider === undefined) throw new Error(`${lib} holds no provider bindings`);
  return { ...provider, resources, dataSources };
}
