import { z } from "zod";
import type { Json } from "../../analysis";
import { type ResourceStore, type StoredResource, softDeletePeriod } from "../store/resource-store";
import { resourceRules } from "../terraform/rules";

const values = z.record(
  z.string(),
  z.custom<Json>((value) => value !== undefined, "expected a value"),
);
const resource = z.strictObject({
  stack: z.string(),
  address: z.string(),
  type: z.string(),
  name: z.string(),
  identity: z.string(),
  values,
  constructPath: z.string().optional(),
});
const saved = z.strictObject({
  format: z.literal("keyless twin 1"),
  resources: z.array(resource),
  /** Deleted ones that can still be undeleted. */
  deleted: z.array(resource.extend({ deletedAt: z.number() })),
});

const softDeletedTypes = [...resourceRules].filter(([, { softDelete }]) => softDelete === true).map(([type]) => type);

/** What a store holds, as JSON; it contains secrets that the twin has made. */
export function saveResources(store: ResourceStore, now: number): string {
  return JSON.stringify({
    format: "keyless twin 1",
    resources: store.all(),
    deleted: softDeletedTypes.flatMap((type) => store.deletedOfType(type, now)),
  });
}

/**
 * Fills an empty store with what another one held.
 * @throws {SavedResourcesError} where the text is no such thing; the store is unchanged then
 */
export function loadResources(store: ResourceStore, text: string, now: number): void {
  const parsed = saved.safeParse(parse(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new SavedResourcesError(`${issue?.path.join(".") ?? ""}: ${issue?.message ?? "expected another form"}`);
  }
  for (const { deletedAt, ...gone } of parsed.data.deleted) {
    if (now >= deletedAt + softDeletePeriod) continue;
    const { stack, address } = store.put(recordOf(gone));
    store.retire(stack, address, deletedAt);
  }
  for (const each of parsed.data.resources) store.put(recordOf(each));
}

/** What was saved of a twin cannot be read. */
export class SavedResourcesError extends Error {
  override readonly name = "SavedResourcesError";
}

const recordOf = ({ constructPath, ...rest }: z.output<typeof resource>): StoredResource => ({
  ...rest,
  ...(constructPath === undefined ? {} : { constructPath }),
});

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
