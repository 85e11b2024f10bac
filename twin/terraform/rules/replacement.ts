import type { Json, JsonObject } from "../../../analysis";
import { isUnknown, type ResourceRules } from "./resource-rules";
import { isList, isObject, valuesAt } from "./values";

/**
 * Where a change replaces the resource: the paths of those `forceNew` arguments that differ. An argument that becomes
 * unknown differs; one that is left out of `after` and computed by the cloud does not (its caller fills it in before).
 */
export function replacingChanges(
  rules: ResourceRules,
  before: JsonObject,
  after: JsonObject,
): readonly (readonly (string | number)[])[] {
  return rules.forceNew.flatMap((dotted) => {
    const top = dotted.split(".")[0] ?? "";
    if (isUnknown(after[top])) return [[top]];
    const old = valuesAt(before, dotted);
    const fresh = valuesAt(after, dotted);
    if (
      isEqual(
        old.map(({ value }) => value),
        fresh.map(({ value }) => value),
      )
    )
      return [];
    const changed = fresh.find(({ value }, position) => !isEqual(value, old[position]?.value ?? null));
    return [(changed ?? fresh[0] ?? old[0])?.path ?? [top]];
  });
}

/**
 * Whether two values mean the same to a provider: a block is the same with and without its list; null, "", false, 0 and
 * no block are the same as absent, as the plugin SDK has it.
 */
export function isEqual(left: Json | undefined, right: Json | undefined): boolean {
  if (isUnknown(left) || isUnknown(right)) return false;
  return JSON.stringify(canonical(left)) === JSON.stringify(canonical(right));
}

function canonical(value: Json | undefined): Json {
  if (value === undefined || value === null || value === "" || value === false || value === 0) return null;
  if (isList(value)) {
    const items = value.map(canonical);
    if (items.length === 0) return null;
    return items.length === 1 ? (items[0] ?? null) : items;
  }
  if (!isObject(value)) return value;
  const entries = Object.entries(value)
    .map(([key, inner]): [string, Json] => [key, canonical(inner)])
    .filter(([, inner]) => inner !== null)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return entries.length === 0 ? { "": null } : Object.fromEntries(entries);
}
