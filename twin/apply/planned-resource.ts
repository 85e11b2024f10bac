import { z } from "zod";
import type { Json, JsonObject, Resource } from "../../analysis";
import type { ResourceStore, StoredResource } from "../store/resource-store";
import {
  type ResourceRules,
  type RuleContext,
  replacingChanges,
  resourceRules,
  withDefaults,
} from "../terraform/rules";
import { terraformDataRules, terraformDataType } from "./terraform-data";

/** What the loader is about to do with a declared resource. */
export interface PlannedResource {
  readonly resource: Resource;
  readonly rules: ResourceRules;
  /** Arguments as declared, with defaults, without what belongs to Terraform. */
  readonly arguments: JsonObject;
  /** What belongs to Terraform: depends_on, lifecycle, provisioner. */
  readonly metaArguments: JsonObject;
  /** Arguments and computed attributes. */
  readonly values: JsonObject;
  readonly identity: string;
  /** The resource as it is in the store. */
  readonly previous: StoredResource | undefined;
  /** Whether a change cannot be made in place. */
  readonly isReplaced: boolean;
  readonly createBeforeDestroy: boolean;
  readonly preventDestroy: boolean;
}

const metaNames: ReadonlySet<string> = new Set(["depends_on", "lifecycle", "provider", "provisioner"]);
const lifecycle = z
  .object({
    ignore_changes: z.union([z.literal("all"), z.array(z.string().regex(/^[a-z0-9_]+$/))]).default([]),
    create_before_destroy: z.boolean().default(false),
    prevent_destroy: z.boolean().default(false),
  })
  .default({ ignore_changes: [], create_before_destroy: false, prevent_destroy: false });

/** The rules of a type, for the loader: the providers' and Terraform's own. */
export function loaderRules(type: string): ResourceRules | undefined {
  return type === terraformDataType ? terraformDataRules : resourceRules.get(type);
}

/**
 * Compares a declared resource, its references resolved, with what is in the store.
 * @throws {UnknownResourceTypeError} for a type without rules: the twin does not guess
 * @throws {z.ZodError} for lifecycle arguments that the loader does not follow
 */
export function planResource(resource: Resource, context: RuleContext): PlannedResource {
  const rules = loaderRules(resource.type);
  if (rules === undefined || resource.address.startsWith("data.")) throw new UnknownResourceTypeError(resource);
  const [metaArguments, declared] = partition(resource.values);
  const {
    ignore_changes: ignored,
    create_before_destroy: createBeforeDestroy,
    prevent_destroy: preventDestroy,
  } = lifecycle.parse(metaArguments["lifecycle"]);
  const complete = (values: JsonObject, previous: JsonObject): JsonObject => ({
    ...rules.computed({ ...pick(previous, rules.invented ?? []), ...values }, context),
    ...values,
  });

  const fresh = withDefaults(rules, declared);
  const freshValues = complete(fresh, {});
  const previous =
    atAddress(context.store, resource) ??
    context.store.get(resource.stack, resource.type, rules.identity(freshValues, context));
  const result = { resource, rules, metaArguments, previous, createBeforeDestroy, preventDestroy };
  if (previous === undefined) {
    return {
      ...result,
      arguments: fresh,
      values: freshValues,
      identity: rules.identity(freshValues, context),
      isReplaced: false,
    };
  }

  const kept = ignored === "all" ? previous.values : pick(previous.values, ignored);
  const changed = withDefaults(rules, { ...declared, ...partition(kept)[1] });
  const changedValues = complete(changed, previous.values);
  const isReplaced = replacingChanges(rules, previous.values, changedValues).length > 0;
  const values = isReplaced ? freshValues : changedValues;
  return {
    ...result,
    arguments: isReplaced ? fresh : changed,
    values,
    identity: rules.identity(values, context),
    isReplaced,
  };
}

/** The values once more, when what the resource depends on has been applied. */
export function valuesNow({ rules, arguments: given, values }: PlannedResource, context: RuleContext): JsonObject {
  return { ...rules.computed({ ...pick(values, rules.invented ?? []), ...given }, context), ...given };
}

function atAddress(store: ResourceStore, { stack, type, address }: Resource): StoredResource | undefined {
  return store.find(type, (candidate) => candidate.stack === stack && candidate.address === address);
}

function partition(values: JsonObject): readonly [metaArguments: JsonObject, others: JsonObject] {
  const entries = Object.entries(values);
  return [
    Object.fromEntries(entries.filter(([name]) => metaNames.has(name))),
    Object.fromEntries(entries.filter(([name]) => !metaNames.has(name))),
  ];
}

function pick(values: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(
    names.flatMap((name): [string, Json][] => {
      const value = values[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

export class UnknownResourceTypeError extends Error {
  override readonly name = "UnknownResourceTypeError";

  constructor(resource: Resource) {
    super(`The twin has no rule for resource type ${resource.type} (${resource.stack}: ${resource.address}).`);
  }
}
