import type { Json, JsonObject } from "../../../analysis";
import { isUnknown } from "../rules/resource-rules";
import { isList, isObject } from "../rules/values";
import type { AttributeType, BlockSchema, NestedBlockSchema } from "../schema";

/**
 * The two forms of a resource's values. On the wire every attribute of the schema is there, null where it is not set, and
 * every block is a list. In the store is what was set, and a block of at most one is an object, as in synthesized JSON.
 */

/** A value is not of the type that the schema states. */
export class ValueShapeError extends Error {
  override readonly name = "ValueShapeError";

  constructor(path: readonly (string | number)[], expected: string) {
    super(`${path.join(".")} is not ${expected}`);
  }
}

type Path = readonly (string | number)[];

/**
 * The wire form of stored values; what the schema does not have is left out.
 * @throws {ValueShapeError} where a value cannot be of the schema's type
 */
export function toWire({ attributes, blocks }: BlockSchema, values: JsonObject, path: Path = []): JsonObject {
  return Object.fromEntries([
    ...Object.entries(attributes).map(([name, { type }]): [string, Json] => [
      name,
      typedValue(type, values[name] ?? null, [...path, name]),
    ]),
    ...Object.entries(blocks).map(([name, nested]): [string, Json] => [
      name,
      wireBlocks(nested, values[name] ?? null, [...path, name]),
    ]),
  ]);
}

function wireBlocks({ nesting, block }: NestedBlockSchema, value: Json, path: Path): Json {
  if (isUnknown(value)) return value;
  const items = value === null ? [] : isList(value) ? value : [value];
  const wired = items.map((item, position) => {
    if (isUnknown(item)) return item;
    if (!isObject(item)) throw new ValueShapeError([...path, position], "a block");
    return toWire(block, item, [...path, position]);
  });
  return nesting === "single" ? (wired[0] ?? null) : wired;
}

function typedValue(type: AttributeType, value: Json, path: Path): Json {
  if (value === null || isUnknown(value)) return value;
  if (typeof type === "string") return primitiveValue(type, value, path);
  if (type[0] === "object") {
    if (!isObject(value)) throw new ValueShapeError(path, "an object");
    return Object.fromEntries(
      Object.entries(type[1]).map(([name, inner]) => [name, typedValue(inner, value[name] ?? null, [...path, name])]),
    );
  }
  const [collection, element] = type;
  if (collection === "map") {
    if (!isObject(value)) throw new ValueShapeError(path, "a map");
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, typedValue(element, item, [...path, key])]),
    );
  }
  if (!isList(value)) throw new ValueShapeError(path, `a ${collection}`);
  return value.map((item, position) => typedValue(element, item, [...path, position]));
}

/** Converts between text, numbers and truth values as Terraform does. */
function primitiveValue(type: "string" | "number" | "bool", value: Json, path: Path): Json {
  if (type === "string") {
    if (typeof value === "string") return value;
    if (typeof value === "number" || typeof value === "boolean") return String(value);
  } else if (type === "number") {
    if (typeof value === "number") return value;
    if (typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value))) return Number(value);
  } else {
    if (typeof value === "boolean") return value;
    if (value === "true" || value === "false") return value === "true";
  }
  throw new ValueShapeError(path, `a ${type}`);
}

/** The stored form of values from the wire: without nulls and absent blocks. UNKNOWN stays. */
export function toStored({ attributes, blocks }: BlockSchema, wire: JsonObject): JsonObject {
  const stored: Record<string, Json> = {};
  for (const [name, value] of Object.entries(wire)) {
    if (value === null) continue;
    const nested = blocks[name];
    if (nested === undefined) {
      if (attributes[name] !== undefined) stored[name] = value;
      continue;
    }
    const form = storedBlocks(nested, value);
    if (form !== undefined) stored[name] = form;
  }
  return stored;
}

function storedBlocks({ nesting, maxItems, block }: NestedBlockSchema, value: Json): Json | undefined {
  if (isUnknown(value)) return value;
  const items = (isList(value) ? value : [value]).map((item) => (isObject(item) ? toStored(block, item) : item));
  if (items.length === 0) return undefined;
  return nesting === "single" || maxItems === 1 ? items[0] : items;
}

/** The values without what is UNKNOWN, at any depth. */
export function withoutUnknown(values: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => !isUnknown(value))
      .map(([name, value]) => [name, knownPart(value)]),
  );
}

function knownPart(value: Json): Json {
  if (isList(value)) return value.filter((item) => !isUnknown(item)).map(knownPart);
  return isObject(value) ? withoutUnknown(value) : value;
}
