import type { Json, JsonObject } from "./resource";

/**
 * Stands where a value is known only to the cloud. It is marked by identity, not by its shape: no JSON that is read can
 * pass for one, and as an object it never equals the string that a reader expects, so whatever depends on it fails closed.
 */
const unknownValues = new WeakSet<object>();

/** @param reference what the value would have come from, as written: `${google_project.p.number}` */
export function unknownValue(reference: string): JsonObject {
  const marker: JsonObject = Object.freeze({ unknown: reference });
  unknownValues.add(marker);
  return marker;
}

/** Whether the value is a marker made by `unknownValue`. */
export function isUnknown(value: Json | undefined): boolean {
  return typeof value === "object" && value !== null && unknownValues.has(value);
}
