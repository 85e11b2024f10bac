import type { Json, JsonObject, Resource } from "../../analysis";

/** Readers of resource arguments; a value of another type counts as absent. */

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function text(values: JsonObject, name: string): string | undefined {
  const value = values[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** A number, or a string that holds one (Terraform gives both), as a string of decimal digits. */
export function digits(values: JsonObject, name: string): string | undefined {
  const value = values[name];
  const written = typeof value === "number" ? String(value) : value;
  return typeof written === "string" && /^[0-9]+$/.test(written) ? written : undefined;
}

export function flag(values: JsonObject, name: string): boolean {
  const value = values[name];
  return value === true || value === "true";
}

export function texts(values: JsonObject, name: string): readonly string[] {
  const value = values[name];
  return Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === "string") : [];
}

/** A nested block in either form in which it is written: an object, or a list of objects. */
export function blocks(values: JsonObject, name: string): readonly JsonObject[] {
  const value = values[name];
  if (Array.isArray(value)) return value.filter(isObject);
  return isObject(value) ? [value] : [];
}

/** A nested block of which there is at most one. */
export function block(values: JsonObject, name: string): JsonObject | undefined {
  return blocks(values, name)[0];
}

const computeApi = /^https:\/\/(www\.googleapis\.com\/compute|compute\.googleapis\.com\/compute)\/(v1|beta)\//;
const otherApi = /^\/\/[a-z]+\.googleapis\.com\//;

/** Whether `reference` names `resource` by id or self_link. A bare name never does: it says nothing of the project. */
export function refersTo(reference: string | undefined, resource: Resource): boolean {
  const id = text(resource.values, "id");
  if (reference === undefined || id === undefined) return false;
  return reference.replace(computeApi, "").replace(otherApi, "") === id;
}
