import type { Resource } from "../../analysis";

/** A string argument of a resource, or undefined where it is absent or of another type. */
export function textAttribute(resource: Resource, name: string): string | undefined {
  const value = resource.values[name];
  return typeof value === "string" ? value : undefined;
}
