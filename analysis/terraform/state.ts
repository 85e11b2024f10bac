import { z } from "zod";
import { TerraformConfigurationError } from "./configuration-error";
import { isList } from "./path";
import type { Json, JsonObject, Resource } from "./resource";

/**
 * Resources as `terraform show -json` writes them, of a state (`values`) or of a plan (`planned_values`), modules and
 * instances included. Source: developer.hashicorp.com/terraform/internals/json-format#values-representation.
 */

const json: z.ZodType<Json> = z.json();
const objectOfJson: z.ZodType<JsonObject> = z.record(z.string(), json);

interface Module {
  readonly resources?: readonly z.output<typeof listed>[] | null | undefined;
  readonly child_modules?: readonly Module[] | null | undefined;
}
const listed = z.object({
  address: z.string().min(1),
  mode: z.string(),
  type: z.string(),
  name: z.string(),
  values: objectOfJson.nullish(),
  deposed_key: z.string().optional(),
});
const moduleSchema: z.ZodType<Module> = z.object({
  resources: z.array(listed).nullish(),
  child_modules: z.array(z.lazy(() => moduleSchema)).nullish(),
});
export const listedValues = z.object({ root_module: moduleSchema.nullish() });

/** Data sources that tell of what the declared resources stand beside. */
const telling: ReadonlySet<string> = new Set([
  "google_project",
  "google_folder",
  "google_organization",
  "google_service_account",
  "google_iam_workload_identity_pool",
  "google_iam_workload_identity_pool_provider",
]);

const isTold = (mode: string, type: string): boolean => mode === "managed" || (mode === "data" && telling.has(type));

/** What is only read comes first, so that what is declared wins. */
const readFirst = (resources: readonly (Resource & { readonly isRead: boolean })[]): Resource[] =>
  [...resources.filter(({ isRead }) => isRead), ...resources.filter(({ isRead }) => !isRead)].map(
    ({ isRead: _, ...resource }) => resource,
  );

export function resourcesIn({ root_module: root }: z.output<typeof listedValues>, stack: string): Resource[] {
  const modules: Module[] = root == null ? [] : [root];
  const found: (Resource & { readonly isRead: boolean })[] = [];
  // A queue: nesting of modules costs no stack.
  for (const { resources, child_modules: children } of modules) {
    modules.push(...(children ?? []));
    for (const { address, mode, type, name, values, deposed_key: deposed } of resources ?? []) {
      if (!isTold(mode, type) || deposed !== undefined) continue;
      found.push({ stack, address, type, name, values: withoutNulls(values ?? {}), isRead: mode === "data" });
    }
  }
  return readFirst(found);
}

const instance = z.object({
  index_key: z.union([z.string(), z.number()]).nullish(),
  deposed: z.string().optional(),
  attributes: objectOfJson.nullish(),
});
const stateFile = z.object({
  resources: z.array(
    z.object({
      module: z.string().optional(),
      mode: z.string(),
      type: z.string(),
      name: z.string(),
      instances: z.array(instance),
    }),
  ),
});

/**
 * Resources of a state file, format version 4, as backends keep it (`terraform state pull`).
 * @throws {TerraformConfigurationError}
 */
export function resourcesOfStateFile(document: unknown, stack: string): Resource[] {
  const parsed = stateFile.safeParse(document);
  if (!parsed.success) throw new TerraformConfigurationError(`${stack}: not a state: ${placeOf(parsed.error)}`);
  return readFirst(
    parsed.data.resources.flatMap(({ module, mode, type, name, instances }) =>
      instances.flatMap(({ index_key: key, deposed, attributes }) => {
        if (!isTold(mode, type) || deposed !== undefined) return [];
        const prefix = `${module === undefined ? "" : `${module}.`}${mode === "data" ? "data." : ""}`;
        const index = key === undefined || key === null ? "" : `[${JSON.stringify(key)}]`;
        const address = `${prefix}${type}.${name}${index}`;
        return [{ stack, address, type, name, values: withoutNulls(attributes ?? {}), isRead: mode === "data" }];
      }),
    ),
  );
}

/** Where a document is not as expected; keys of maps are left out, since they may be anything. */
export function placeOf(error: z.ZodError): string {
  const [issue] = error.issues;
  const path = (issue?.path ?? []).filter((part) => typeof part === "number" || /^[a-z_]+$/.test(String(part)));
  return `${path.slice(0, 8).join(".") || "(top)"}: ${issue?.message ?? "not readable"}`;
}

/** An argument that is not set is written as null; a block, too. */
export function withoutNulls(values: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => (value === null ? [] : [[key, cleaned(value)]])),
  );
}

function cleaned(value: Json): Json {
  if (typeof value !== "object" || value === null) return value;
  return isList(value) ? value.map(cleaned) : withoutNulls(value);
}
