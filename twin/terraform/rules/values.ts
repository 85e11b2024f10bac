import type { Json, JsonObject } from "../../../analysis";
import { isUnknown } from "./resource-rules";

/** Array.isArray, for a type that it cannot narrow. */
export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** Whether the value is an object that is known. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !isList(value) && !isUnknown(value);
}

/** A known string argument that is not empty; undefined otherwise, as Terraform's provider takes "" for absent. */
export function text(values: JsonObject, name: string): string | undefined {
  const value = values[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Whether a boolean argument is set to true. */
export function flag(values: JsonObject, name: string): boolean {
  return values[name] === true;
}

/** A list or set argument, or the elements of a block; empty where it is absent or unknown. */
export function list(values: JsonObject, name: string): readonly Json[] {
  const value = values[name];
  return isList(value) ? value : [];
}

/** Known strings of a list argument. */
export function texts(values: JsonObject, name: string): readonly string[] {
  return list(values, name).filter((item) => typeof item === "string");
}

/** The blocks of a name, each an object; a block of at most one may be written without the list. */
export function blocks(values: JsonObject, name: string): readonly JsonObject[] {
  const value = values[name];
  if (isObject(value)) return [value];
  return list(values, name).filter(isObject);
}

/** The first block of a name. */
export function block(values: JsonObject, name: string): JsonObject | undefined {
  return blocks(values, name)[0];
}

/** Whether an argument is set at all. Nothing is set to null, to an empty text or to no block. */
export function isSet(value: Json | undefined): boolean {
  return value !== undefined && value !== null && value !== "" && !(isList(value) && value.length === 0);
}

/** A value and where it stands. */
export interface Located {
  readonly path: readonly (string | number)[];
  readonly value: Json;
}

/**
 * The values at a dotted path through blocks, in each block that is there; nothing where the argument is absent or unknown.
 * A block written without its list stands at position 0 of it, as Terraform counts.
 */
export function valuesAt(values: JsonObject, dottedPath: string): readonly Located[] {
  const [name = "", ...deeper] = dottedPath.split(".");
  const value = values[name];
  if (value === undefined || value === null || isUnknown(value)) return [];
  if (deeper.length === 0) return [{ path: [name], value }];
  return (isList(value) ? value : [value]).flatMap((inner, position) =>
    isObject(inner)
      ? valuesAt(inner, deeper.join(".")).map((found) => ({ ...found, path: [name, position, ...found.path] }))
      : [],
  );
}
