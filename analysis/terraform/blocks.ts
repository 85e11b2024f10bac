import { isList } from "./path";
import type { Json, JsonObject } from "./resource";
import { isUnknown } from "./unknown-value";

/** A block of at most one, written as an object or as a list; undefined where it is absent, unknown or given twice. */
export function onlyBlock(value: Json | undefined): JsonObject | undefined {
  if (typeof value !== "object" || value === null || isUnknown(value)) return undefined;
  if (!isList(value)) return value;
  const [first, ...more] = value;
  return more.length === 0 && first !== undefined ? onlyBlock(first) : undefined;
}
