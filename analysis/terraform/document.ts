import { z } from "zod";
import { resolveUnapplied } from "./assumed-cloud";
import { parseBoundedJson } from "./bounded-json";
import { TerraformConfigurationError } from "./configuration-error";
import { type Assumption, resourcesOfPlan } from "./plan";
import type { ResolveOptions } from "./resolve";
import type { Resource } from "./resource";
import { listedValues, placeOf, resourcesIn, resourcesOfStateFile } from "./state";
import type { UnresolvedValues } from "./unresolved";

/** What a document of Terraform says there is, or will be. */
export interface TerraformDocument {
  readonly kind: "configuration" | "plan" | "state";
  readonly resources: readonly Resource[];
  /** Values of a plan that were taken from what they refer to. */
  readonly assumptions: readonly Assumption[];
  /** False for a plan that puts something off. */
  readonly complete: boolean;
}

const shape = z.looseObject({
  format_version: z.string().optional(),
  version: z.unknown().optional(),
  planned_values: z.unknown().optional(),
  values: z.unknown().optional(),
  resources: z.unknown().optional(),
});
const shownState = z.object({ values: listedValues.nullish() });

/**
 * Reads whichever JSON of Terraform the text is: a configuration (cdk.tf.json), a plan or a state as `terraform show -json`
 * writes it (format version 1.x), or a state file (format version 4).
 * @param stack names the document in messages and in `Resource.stack`
 * @throws {TerraformConfigurationError} that never quotes the document: plans and states hold secrets
 */
export function readTerraformDocument(
  text: string,
  stack: string,
  unresolved: UnresolvedValues,
  variables: NonNullable<ResolveOptions["variables"]> = {},
): TerraformDocument {
  const document = parseBoundedJson(text, stack);
  const parsed = shape.safeParse(document);
  const refuse = (problem: string) => new TerraformConfigurationError(`${stack}: ${problem}`);
  if (!parsed.success) throw refuse(`not a document of Terraform: ${placeOf(parsed.error)}`);
  const { format_version: format, version, planned_values: planned, resources } = parsed.data;
  const whole = { assumptions: [], complete: true };
  if (format !== undefined) {
    if (!/^1\.[0-9]+$/.test(format) && !/^0\.[12]$/.test(format))
      throw refuse(
        `its format version is ${/^[0-9]{1,4}(\.[0-9]{1,4})?$/.test(format) ? format : "none"}; version 1 is read here`,
      );
    if (planned !== undefined) return { kind: "plan", ...resourcesOfPlan(document, stack, unresolved) };
    const state = shownState.safeParse(document);
    if (!state.success) throw refuse(`not a state: ${placeOf(state.error)}`);
    return { kind: "state", resources: resourcesIn(state.data.values ?? {}, stack), ...whole };
  }
  if (typeof version === "number" && Array.isArray(resources)) {
    if (version !== 4)
      throw refuse(`a state file of version ${version}; version 4 is read here (terraform state pull)`);
    return { kind: "state", resources: resourcesOfStateFile(document, stack), ...whole };
  }
  if (version !== undefined) throw refuse("a state file of another version; version 4 is read here");
  return { kind: "configuration", resources: resolveUnapplied(text, stack, unresolved, variables), ...whole };
}
