import type { Json } from "./resource";

const absent = Symbol("absent");

/**
 * The value at a path through blocks, lists and maps. A block of at most one is written as an object or as a list of
 * one: index 0 of an object is the object itself.
 * @returns undefined where nothing is there
 */
export function valueAt(value: Json, path: readonly (string | number)[]): Json | undefined {
  let current: Json = value;
  for (const segment of path) {
    const next = step(current, segment);
    if (next === absent) return undefined;
    current = next;
  }
  return current;
}

function step(value: Json, segment: string | number): Json | typeof absent {
  if (typeof value !== "object" || value === null) return absent;
  if (isList(value)) return typeof segment === "number" ? (value[segment] ?? absent) : absent;
  if (Object.hasOwn(value, String(segment))) return value[String(segment)] ?? null;
  return segment === 0 ? value : absent;
}

/** Array.isArray, for a type that it cannot narrow. */
export function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
