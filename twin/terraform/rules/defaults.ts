import type { Json, JsonObject } from "../../../analysis";
import type { ResourceRules } from "./resource-rules";
import { isList, isObject } from "./values";

/** The arguments with the provider's defaults in place of those left out, also in blocks that are there. */
export function withDefaults({ defaults = {} }: ResourceRules, values: JsonObject): JsonObject {
  return Object.entries(defaults).reduce((done, [path, value]) => fill(done, path.split("."), value), values);
}

function fill(values: JsonObject, [name = "", ...deeper]: readonly string[], value: Json): JsonObject {
  const given = values[name];
  if (deeper.length === 0) return given === undefined || given === null ? { ...values, [name]: value } : values;
  if (isList(given)) {
    return { ...values, [name]: given.map((inner) => (isObject(inner) ? fill(inner, deeper, value) : inner)) };
  }
  return isObject(given) ? { ...values, [name]: fill(given, deeper, value) } : values;
}
