import { z } from "zod";
import type { Json, JsonObject } from "../../analysis";
import { parseBoundedJson } from "./bounded-json";
import { PlanError } from "./plan-error";
import { stateValues } from "./state-resources";

/**
 * The JSON that `terraform show -json PLANFILE` writes, format version 1.x; keys that are not used here are ignored.
 * Source: developer.hashicorp.com/terraform/internals/json-format.
 */

/** Any value out of JSON.parse; only `undefined`, an absent key, is none. */
const json = z.custom<Json>((value) => value !== undefined, "expected a value");
const jsonObject: z.ZodType<JsonObject> = z.record(z.string(), json);
const present = json.optional();

/** What Terraform does to one object, by the list of actions it writes. */
const actionLists = {
  "no-op": "no-op",
  create: "create",
  read: "read",
  update: "update",
  delete: "delete",
  forget: "forget",
  "delete,create": "delete-then-create",
  "create,delete": "create-then-delete",
  "create,forget": "create-then-forget",
  "forget,create": "create-then-forget",
} as const;

export type PlannedAction = (typeof actionLists)[keyof typeof actionLists];

const isKnownActionList = (text: string): text is keyof typeof actionLists => Object.hasOwn(actionLists, text);

const actions = z.array(z.string()).transform((list, context): PlannedAction => {
  const text = list.join(",");
  if (isKnownActionList(text)) return actionLists[text];
  context.issues.push({ code: "custom", message: "a combination of actions that is not known here", input: list });
  return z.NEVER;
});

const attributePath = z.array(z.union([z.string(), z.number()]));

const change = z.object({
  actions,
  before: jsonObject.nullish(),
  after: jsonObject.nullish(),
  after_unknown: present,
  before_sensitive: present,
  after_sensitive: present,
  replace_paths: z.array(attributePath).nullish(),
  importing: z.object({ id: z.string().nullish() }).nullish(),
});

const resourceChange = z.object({
  address: z.string().min(1),
  previous_address: z.string().optional(),
  module_address: z.string().optional(),
  mode: z.string(),
  type: z.string().min(1),
  name: z.string().min(1),
  deposed: z.string().optional(),
  action_reason: z.string().optional(),
  change,
});

const outputChange = z.object({
  actions,
  before: present,
  after: present,
  after_unknown: present,
  before_sensitive: present,
  after_sensitive: present,
});

const declaredVariables = z.record(z.string(), z.looseObject({ sensitive: z.boolean().optional() }));

const plan = z.object({
  terraform_version: z.string().optional(),
  resource_changes: z.array(resourceChange).nullish(),
  resource_drift: z.array(resourceChange).nullish(),
  deferred_changes: z.array(z.unknown()).nullish(),
  output_changes: z.record(z.string(), outputChange).nullish(),
  variables: z.record(z.string(), z.object({ value: present })).nullish(),
  planned_values: stateValues.nullish(),
  prior_state: z.object({ values: stateValues.nullish() }).nullish(),
  configuration: z
    .looseObject({ root_module: z.looseObject({ variables: declaredVariables.nullish() }).optional() })
    .nullish(),
  complete: z.boolean().optional(),
  errored: z.boolean().optional(),
});

export type PlanJson = z.output<typeof plan>;
export type PlannedChange = z.output<typeof resourceChange>;
export type PlannedOutputChange = z.output<typeof outputChange>;

/**
 * @param stack names the plan in messages
 * @throws {PlanError} where the text is no such plan, is of another major version, or Terraform could not finish it
 */
export function readPlanJson(text: string, stack: string): PlanJson {
  const document = parseBoundedJson(text, stack);
  requireVersion(document, stack);
  const parsed = plan.safeParse(document);
  if (!parsed.success) {
    const [first, ...more] = parsed.error.issues;
    const place = first === undefined ? "" : ` at ${placeOf(first.path)}: ${first.message}`;
    throw new PlanError(`${stack}: not a Terraform plan${place}${more.length > 0 ? ` (and ${more.length} more)` : ""}`);
  }
  if (parsed.data.errored === true) {
    throw new PlanError(`${stack}: Terraform met an error while it planned; there is no plan to look at`);
  }
  return parsed.data;
}

/** Keys of maps can be anything, also a secret: only names that look like Terraform's own are repeated. */
function placeOf(path: readonly PropertyKey[]): string {
  return path
    .slice(0, 8)
    .map((segment) => (/^[A-Za-z0-9_-]{1,40}$/.test(String(segment)) ? String(segment) : "?"))
    .join(".");
}

function requireVersion(document: Json, stack: string): void {
  const head = z
    .looseObject({ format_version: z.string(), values: z.unknown(), planned_values: z.unknown() })
    .partial({ values: true, planned_values: true })
    .safeParse(document);
  if (!head.success) {
    throw new PlanError(
      `${stack}: not a Terraform plan: no format_version; give the output of "terraform show -json PLANFILE"`,
    );
  }
  const { format_version: version, values, planned_values: planned } = head.data;
  if (!/^\d{1,4}\.\d{1,4}$/.test(version)) throw new PlanError(`${stack}: format_version is no version number`);
  if (!version.startsWith("1.")) {
    throw new PlanError(`${stack}: format version ${version} of Terraform's plan is not supported; 1.x is`);
  }
  if (values !== undefined && planned === undefined) {
    throw new PlanError(`${stack}: this is a state, not a plan; give the output of "terraform show -json PLANFILE"`);
  }
}
