import { z } from "zod";
import type { Json, JsonObject } from "../../analysis";

/** An object as a state within the plan describes it. */
export interface StateResource {
  readonly address: string;
  readonly mode: string;
  readonly type: string;
  readonly values: JsonObject;
  /** Parallel to `values`: `true` where a value is sensitive. */
  readonly sensitiveValues: Json;
}

export interface StateOutput {
  readonly sensitive: boolean;
  readonly value: Json;
}

/** The part of `planned_values`, and of `prior_state.values`, that is read here. */
export interface StateValues {
  readonly resources: readonly StateResource[];
  readonly outputs: readonly StateOutput[];
}

interface StateModule {
  resources: StateResource[];
  child_modules: StateModule[];
}

const json = z.custom<Json>((value) => value !== undefined, "expected a value");

const resource = z
  .object({
    address: z.string(),
    mode: z.string(),
    type: z.string(),
    values: z.record(z.string(), json).nullish(),
    sensitive_values: json.optional(),
  })
  .transform(
    ({ values, sensitive_values: sensitiveValues, ...rest }): StateResource => ({
      ...rest,
      values: values ?? {},
      sensitiveValues: sensitiveValues ?? false,
    }),
  );

const moduleSchema: z.ZodType<StateModule> = z.object({
  resources: z.array(resource).default([]),
  child_modules: z.array(z.lazy(() => moduleSchema)).default([]),
});

const output = z
  .object({ sensitive: z.boolean().default(false), value: json.optional() })
  .transform(({ sensitive, value }): StateOutput => ({ sensitive, value: value ?? null }));

export const stateValues = z
  .object({ root_module: moduleSchema.optional(), outputs: z.record(z.string(), output).default({}) })
  .transform(
    ({ root_module: root, outputs }): StateValues => ({
      resources: root === undefined ? [] : resourcesOf(root),
      outputs: Object.values(outputs),
    }),
  );

function resourcesOf({ resources, child_modules: children }: StateModule): readonly StateResource[] {
  return [...resources, ...children.flatMap(resourcesOf)];
}
