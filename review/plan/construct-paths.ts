import { z } from "zod";
import { parseBoundedJson } from "./bounded-json";
import { PlanError } from "./plan-error";

/** Construct path of a resource, by its Terraform address without instance keys. */
export type ConstructPaths = ReadonlyMap<string, string>;

const block = z.looseObject({
  "//": z
    .looseObject({ metadata: z.looseObject({ path: z.string() }).optional() })
    .optional()
    .catch(undefined),
});
const byName = z.record(z.string(), z.unknown());
const synthesized = z.looseObject({
  resource: z.record(z.string(), byName).default({}),
  data: z.record(z.string(), byName).default({}),
  module: byName.default({}),
});

/**
 * Reads the construct paths that CDKTF writes beside each resource (`"//".metadata.path`) in a stack's cdk.tf.json.
 * Everything else in it is ignored.
 * @throws {PlanError} where the text is no JSON object with blocks by type and name
 */
export function readConstructPaths(text: string, stack: string): ConstructPaths {
  const parsed = synthesized.safeParse(parseBoundedJson(text, `${stack}: cdk.tf.json`));
  if (!parsed.success) throw new PlanError(`${stack}: cdk.tf.json is not Terraform's JSON configuration`);
  const { resource, data, module } = parsed.data;
  const paths = new Map<string, string>();
  const note = (address: string, body: unknown): void => {
    const read = block.safeParse(body);
    const path = read.success ? read.data["//"]?.metadata?.path : undefined;
    if (path !== undefined) paths.set(address, path);
  };
  for (const [blocks, prefix] of [
    [resource, ""],
    [data, "data."],
  ] as const) {
    for (const [type, named] of Object.entries(blocks)) {
      for (const [name, body] of Object.entries(named)) note(`${prefix}${type}.${name}`, body);
    }
  }
  for (const [name, body] of Object.entries(module)) note(`module.${name}`, body);
  return paths;
}
