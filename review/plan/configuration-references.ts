import { z } from "zod";

/** Where a value that is known only after apply will come from: attribute name to references, by configuration address. */
export type ConfigurationReferences = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

interface ConfigurationModule {
  readonly resources: readonly { readonly address: string; readonly expressions: Readonly<Record<string, unknown>> }[];
  readonly module_calls: Readonly<Record<string, unknown>>;
}

const moduleSchema: z.ZodType<ConfigurationModule> = z.object({
  resources: z
    .array(z.object({ address: z.string(), expressions: z.record(z.string(), z.unknown()).default({}) }))
    .default([]),
  module_calls: z.record(z.string(), z.unknown()).default({}),
});
const expression = z.object({ references: z.array(z.string()) });
const root = z.object({ root_module: moduleSchema });
const call = z.object({ module: moduleSchema });

/**
 * References of top-level arguments (`configuration.root_module.resources[].expressions`). It only makes "known after
 * apply" more telling, so what is not understood is left out.
 */
export function configurationReferences(configuration: unknown): ConfigurationReferences {
  const references = new Map<string, ReadonlyMap<string, readonly string[]>>();
  const parsed = root.safeParse(configuration);
  if (parsed.success) collect(parsed.data.root_module, "", references);
  return references;
}

function collect(
  { resources, module_calls: calls }: ConfigurationModule,
  prefix: string,
  into: Map<string, ReadonlyMap<string, readonly string[]>>,
): void {
  for (const { address, expressions } of resources) {
    const byAttribute = new Map<string, readonly string[]>();
    for (const [attribute, written] of Object.entries(expressions)) {
      const read = expression.safeParse(written);
      if (read.success) byAttribute.set(attribute, longestOnly(read.data.references));
    }
    if (byAttribute.size > 0) into.set(`${prefix}${address}`, byAttribute);
  }
  for (const [name, called] of Object.entries(calls)) {
    const nested = call.safeParse(called);
    if (nested.success) collect(nested.data.module, `${prefix}module.${name}.`, into);
  }
}

/** Terraform lists `a.b.c` and `a.b` both; the longer says it all. */
function longestOnly(references: readonly string[]): readonly string[] {
  return references.filter((one) => !references.some((other) => other !== one && other.startsWith(`${one}.`)));
}
