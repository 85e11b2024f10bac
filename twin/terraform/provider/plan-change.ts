import type { Json, JsonObject } from "../../../analysis";
import type { AttributePath } from "../protocol";
import { isEqual, replacingChanges } from "../rules/replacement";
import { isUnknown, type RuleContext, UNKNOWN } from "../rules/resource-rules";
import { attributePath } from "./attribute-path";
import { keepEmptyValues, markComputed } from "./planned-values";
import type { ResourceKind } from "./resource-kind";
import { argumentsOf, computedValues, type Placement, withProviderDefaults } from "./resource-values";
import { toStored, toWire } from "./wire-form";

export interface PlannedChange {
  readonly planned: JsonObject;
  readonly requiresReplace: readonly AttributePath[];
}

/** Plans a new resource: all that the cloud gives is known after apply. */
export function planCreate(kind: ResourceKind, proposed: JsonObject, placement: Placement): PlannedChange {
  const completed = toWire(kind.schema, withProviderDefaults(kind, proposed, placement));
  return { planned: markComputed(kind.schema, completed), requiresReplace: [] };
}

/** What Terraform gives for a plan of a resource that exists. */
export interface Update {
  readonly prior: JsonObject;
  readonly proposed: JsonObject;
  readonly config: JsonObject;
}

/** Plans a change of a resource: what the cloud gives stays, but for what follows from an argument that changes. */
export function planUpdate(
  kind: ResourceKind,
  { prior, proposed, config }: Update,
  placement: Placement,
  context: RuleContext,
): PlannedChange {
  const { schema, rules } = kind;
  const completed = toWire(schema, withProviderDefaults(kind, proposed, placement));
  const planned = keepEmptyValues(schema, completed, prior);
  if (isSame(planned, prior)) return { planned: prior, requiresReplace: [] };
  const requiresReplace = replacingChanges(rules, prior, planned).map((path) => attributePath(schema, path));
  const values = argumentsOf(kind, planned, config);
  const computed = computedValues(kind, values, toStored(schema, prior), context);
  const changed = Object.entries(computed).filter(
    ([name, value]) =>
      schema.attributes[name]?.computed === true &&
      values[name] === undefined &&
      rules.invented?.includes(name) !== true &&
      !isEqual(value, prior[name]),
  );
  return { planned: { ...planned, ...Object.fromEntries(changed.map(([name]) => [name, UNKNOWN])) }, requiresReplace };
}

/** Whether two values on the wire are the same; of what is unknown nobody can say so. */
function isSame(left: Json | undefined, right: Json | undefined): boolean {
  if (isUnknown(left) || isUnknown(right)) return false;
  if (typeof left !== "object" || left === null || typeof right !== "object" || right === null) return left === right;
  const names = Object.keys(left);
  if (names.length !== Object.keys(right).length) return false;
  const entries = new Map<string, Json>(Object.entries(right));
  return Object.entries(left).every(([name, value]) => isSame(value, entries.get(name)));
}
