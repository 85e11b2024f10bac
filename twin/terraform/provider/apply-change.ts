import type { JsonObject } from "../../../analysis";
import type { StoredResource } from "../../store/resource-store";
import type { RuleContext, Violation } from "../rules/resource-rules";
import type { ResourceKind } from "./resource-kind";
import { argumentsOf, computedValues } from "./resource-values";
import { toStored, withoutUnknown } from "./wire-form";

/** A change was made, or was refused and the store is as before. */
export type ApplyOutcome =
  | { readonly done: true; readonly resource: StoredResource | undefined }
  | { readonly done: false; readonly violations: readonly Violation[] };

export function applyCreate(
  kind: ResourceKind,
  planned: JsonObject,
  config: JsonObject,
  context: RuleContext,
): ApplyOutcome {
  const { type, rules } = kind;
  const values = withoutUnknown(argumentsOf(kind, planned, config));
  const violations = violationsOf(rules.validate?.(values, context), () => rules.refuseCreate?.(values, context));
  if (violations.length > 0) return { done: false, violations };
  const complete = { ...computedValues(kind, values, undefined, context), ...values };
  const identity = rules.identity(complete, context);
  return { done: true, resource: context.store.put({ stack: context.stack, type, identity, values: complete }) };
}

export function applyUpdate(
  kind: ResourceKind,
  before: StoredResource,
  { planned, config }: { readonly planned: JsonObject; readonly config: JsonObject },
  context: RuleContext,
): ApplyOutcome {
  const { type, rules, schema } = kind;
  const values = withoutUnknown(argumentsOf(kind, planned, config));
  const computed = computedValues(kind, values, before.values, context);
  const carried = withoutUnknown(toStored(schema, planned));
  const complete = { ...carried, ...computed, ...values };
  const violations = violationsOf(rules.validate?.(values, context), () =>
    rules.refuseUpdate?.(before.values, complete, context),
  );
  if (violations.length > 0) return { done: false, violations };
  const { stack, identity } = before;
  return { done: true, resource: context.store.put({ stack, type, identity, values: complete }) };
}

export function applyDelete({ rules }: ResourceKind, before: StoredResource, context: RuleContext): ApplyOutcome {
  const violations = violationsOf([], () => rules.refuseDelete?.(before.values, context));
  if (violations.length > 0) return { done: false, violations };
  if (rules.softDelete === true) context.store.retire(before.stack, before.address, context.now);
  else context.store.remove(before.stack, before.address);
  return { done: true, resource: undefined };
}

/** What validation finds, or else what the cloud refuses. */
function violationsOf(
  found: readonly Violation[] | undefined,
  refusal: () => Violation | undefined,
): readonly Violation[] {
  if (found !== undefined && found.length > 0) return found;
  const refused = refusal();
  return refused === undefined ? [] : [refused];
}
