import type { Json, JsonObject } from "../../../analysis";
import { isUnknown, UNKNOWN } from "../rules/resource-rules";
import { isList, isObject } from "../rules/values";
import type { BlockSchema } from "../schema";

/** Marks what the cloud will fill in: every computed attribute that has no value yet, also in blocks. */
export function markComputed(schema: BlockSchema, wire: JsonObject): JsonObject {
  const marked: Record<string, Json> = { ...wire };
  for (const [name, { computed }] of Object.entries(schema.attributes)) {
    if (computed === true && (wire[name] ?? null) === null) marked[name] = UNKNOWN;
  }
  for (const [name, { block }] of Object.entries(schema.blocks)) {
    marked[name] = mapBlocks(wire[name] ?? null, (item) => markComputed(block, item));
  }
  return marked;
}

/**
 * Keeps what is there where an argument is left out and what is there means nothing: "", 0, false, an empty list or map.
 * The plugin SDK takes these for absent, so a resource that was imported needs no update for them.
 */
export function keepEmptyValues(schema: BlockSchema, planned: JsonObject, prior: JsonObject): JsonObject {
  const kept: Record<string, Json> = { ...planned };
  for (const name of Object.keys(schema.attributes)) {
    if ((planned[name] ?? null) === null && isEmpty(prior[name])) kept[name] = prior[name] ?? null;
  }
  for (const [name, { nesting, block }] of Object.entries(schema.blocks)) {
    // Elements of a set cannot be told from those of before.
    if (nesting === "set") continue;
    const before = prior[name] ?? null;
    kept[name] = mapBlocks(planned[name] ?? null, (item, position) => {
      const counterpart = isList(before) ? before[position] : before;
      return isObject(counterpart) ? keepEmptyValues(block, item, counterpart) : item;
    });
  }
  return kept;
}

function isEmpty(value: Json | undefined): boolean {
  if (value === "" || value === 0 || value === false) return true;
  if (typeof value !== "object" || value === null || isUnknown(value)) return false;
  return Object.keys(value).length === 0;
}

function mapBlocks(value: Json, change: (item: JsonObject, position: number) => JsonObject): Json {
  if (isList(value)) return value.map((item, position) => (isObject(item) ? change(item, position) : item));
  return isObject(value) ? change(value, 0) : value;
}
