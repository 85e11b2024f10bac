import { z } from "zod";
import { parseBoundedJson } from "../terraform/bounded-json";
import { TerraformConfigurationError } from "../terraform/configuration-error";
import { resourcesOfPlan } from "../terraform/plan";
import type { Resource } from "../terraform/resource";
import { listedValues, placeOf, resourcesIn } from "../terraform/state";
import type { UnresolvedValues } from "../terraform/unresolved";

/** What there is before a plan is applied, and what there will be. */
export interface PlanSides {
  readonly base: readonly Resource[];
  readonly head: readonly Resource[];
}

const prior = z.object({ prior_state: z.object({ values: listedValues.nullish() }).nullish() });

/**
 * Both sides of a plan as `terraform show -json PLANFILE` writes it. They hold what the plan holds, secrets too.
 * @throws {TerraformConfigurationError} that never quotes the plan
 */
export function sidesOfPlan(text: string, stack: string, unresolved: UnresolvedValues): PlanSides {
  const document = parseBoundedJson(text, stack);
  const parsed = prior.safeParse(document);
  if (!parsed.success) throw new TerraformConfigurationError(`${stack}: not a plan: ${placeOf(parsed.error)}`);
  return {
    base: resourcesIn(parsed.data.prior_state?.values ?? {}, stack),
    head: resourcesOfPlan(document, stack, unresolved).resources,
  };
}
