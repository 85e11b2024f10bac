import type { Json, JsonObject } from "../../analysis";
import { readStackPlan, type StackPlan } from "../model/stack-plan";
import type { ConstructPaths } from "../plan/construct-paths";

/** One entry of `resource_changes` or `resource_drift`, for tests. */
export interface ChangeFixture {
  readonly address?: string;
  readonly type?: string;
  readonly actions: readonly string[];
  readonly before?: JsonObject | null;
  readonly after?: JsonObject | null;
  readonly unknown?: Json;
  readonly beforeSensitive?: Json;
  readonly afterSensitive?: Json;
  readonly replacePaths?: readonly Json[];
  readonly reason?: string;
  readonly previousAddress?: string;
  readonly importing?: JsonObject;
  readonly mode?: string;
  readonly moduleAddress?: string;
  readonly deposed?: string;
}

/** Plan JSON of the given changes; `more` adds or replaces top-level keys. */
export function planText(changes: readonly ChangeFixture[], more: JsonObject = {}): string {
  return JSON.stringify({
    format_version: "1.2",
    terraform_version: "1.11.4",
    planned_values: { root_module: {} },
    resource_changes: changes.map(entry),
    ...more,
  });
}

/** Refresh-only plan JSON of the given drift. */
export function driftText(drift: readonly ChangeFixture[], more: JsonObject = {}): string {
  return JSON.stringify({
    format_version: "1.2",
    terraform_version: "1.11.4",
    planned_values: { root_module: {} },
    resource_drift: drift.map(entry),
    ...more,
  });
}

export const planOf = (
  changes: readonly ChangeFixture[],
  more: JsonObject = {},
  constructPaths: ConstructPaths = new Map(),
): StackPlan => readStackPlan(planText(changes, more), { stack: "dev", constructPaths });

export const driftOf = (
  drift: readonly ChangeFixture[],
  more: JsonObject = {},
  constructPaths: ConstructPaths = new Map(),
): StackPlan => readStackPlan(driftText(drift, more), { stack: "dev", constructPaths });

/** Create, update, delete or replace of one resource, by which sides are given. */
export function changeOf(
  type: string,
  before: JsonObject | null,
  after: JsonObject | null,
  more: Partial<ChangeFixture> = {},
): ChangeFixture {
  const actions = before === null ? ["create"] : after === null ? ["delete"] : ["update"];
  return { type, address: `${type}.it`, actions, before, after, ...more };
}

function entry(change: ChangeFixture): JsonObject {
  const address = change.address ?? "terraform_data.it";
  const [, type = "terraform_data", name = "it"] = /([a-z_0-9]+)\.([A-Za-z_0-9-]+)(?:\[.*\])?$/s.exec(address) ?? [];
  return defined({
    address,
    previous_address: change.previousAddress,
    module_address: change.moduleAddress,
    mode: change.mode ?? "managed",
    type: change.type ?? type,
    name,
    deposed: change.deposed,
    provider_name: "registry.terraform.io/hashicorp/google",
    action_reason: change.reason,
    change: defined({
      actions: [...change.actions],
      before: change.before ?? null,
      after: change.after ?? null,
      after_unknown: change.unknown ?? {},
      before_sensitive: change.beforeSensitive ?? {},
      after_sensitive: change.afterSensitive ?? {},
      replace_paths: change.replacePaths,
      importing: change.importing,
    }),
  });
}

function defined(values: { readonly [key: string]: Json | undefined }): JsonObject {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
