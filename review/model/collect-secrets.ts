import type { Json, JsonObject } from "../../analysis";
import type { PlanJson, PlannedChange, PlannedOutputChange } from "../plan/plan-json";
import { KnownSecrets } from "./known-secrets";
import { isSecretAttribute, isSecretName, isSecretTextName, secretPairName } from "./secret-names";
import { isMarked, marksUnder, mergeMarks, misfits, type SensitiveMarks } from "./sensitive-marks";

/** Every value of the plan that is marked sensitive or has the name of a secret. */
export function collectSecrets(plan: PlanJson): KnownSecrets {
  const known = new KnownSecrets();
  for (const change of [...(plan.resource_changes ?? []), ...(plan.resource_drift ?? [])]) fromChange(change, known);
  for (const output of Object.values(plan.output_changes ?? {})) fromOutput(output, known);
  for (const values of [plan.prior_state?.values, plan.planned_values]) {
    for (const { type, values: attributes, sensitiveValues } of values?.resources ?? []) {
      fromAttributes(type, attributes, sensitiveValues, known);
    }
    for (const { sensitive, value } of values?.outputs ?? []) if (sensitive) known.add(value);
  }
  const variables = plan.variables ?? {};
  for (const [name, { sensitive }] of Object.entries(plan.configuration?.root_module?.variables ?? {})) {
    const value = Object.hasOwn(variables, name) ? variables[name]?.value : undefined;
    if (value !== undefined && (sensitive === true || isSecretName(name))) known.add(value);
  }
  return known;
}

function fromChange({ type, change }: PlannedChange, known: KnownSecrets): void {
  const marks = mergeMarks(change.before_sensitive, change.after_sensitive);
  fromAttributes(type, change.before ?? {}, marks, known);
  fromAttributes(type, change.after ?? {}, marks, known);
}

function fromOutput(output: PlannedOutputChange, known: KnownSecrets): void {
  const marks = mergeMarks(output.before_sensitive, output.after_sensitive);
  collect(output.before ?? null, marks, undefined, undefined, known);
  collect(output.after ?? null, marks, undefined, undefined, known);
}

function fromAttributes(type: string, values: JsonObject, marks: SensitiveMarks, known: KnownSecrets): void {
  for (const [name, value] of Object.entries(values)) {
    if (isSecretAttribute(type, name)) known.add(value);
  }
  collect(values, marks, undefined, undefined, known);
}

function collect(
  value: Json,
  marks: SensitiveMarks,
  name: string | undefined,
  parent: string | undefined,
  known: KnownSecrets,
): void {
  if (
    isMarked(marks) ||
    misfits(marks, value) ||
    (typeof value === "object" && name !== undefined && isSecretName(name))
  ) {
    known.add(value);
    return;
  }
  if (typeof value !== "object" || value === null) {
    if (typeof value === "string" && name !== undefined && isSecretTextName(name, parent)) known.add(value);
    return;
  }
  if (isList(value)) {
    for (const [index, nested] of value.entries()) collect(nested, marksUnder(marks, index), name, parent, known);
    return;
  }
  const pairName = secretPairName(value);
  for (const [key, nested] of Object.entries(value)) {
    const itsName = key === "value" && pairName !== undefined ? pairName : key;
    collect(nested, marksUnder(marks, key), itsName, name, known);
  }
}

const isList = (value: readonly Json[] | JsonObject): value is readonly Json[] => Array.isArray(value);
