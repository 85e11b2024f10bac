import { z } from "zod";
import { assumedAttributes } from "./assumed-cloud";
import { TerraformConfigurationError } from "./configuration-error";
import { isList } from "./path";
import { isInstance, type Origin, PlanReferences, withoutKeys } from "./plan-references";
import type { Json, JsonObject, Resource } from "./resource";
import { listedValues, placeOf, resourcesIn, withoutNulls } from "./state";
import type { UnresolvedValues } from "./unresolved";

/** A value that the plan does not tell, and that was taken from what it refers to. */
export interface Assumption {
  readonly address: string;
  readonly argument: string;
  readonly value: string;
  /** The attribute it was taken from. */
  readonly from: string;
}

export interface PlannedResources {
  readonly resources: readonly Resource[];
  readonly assumptions: readonly Assumption[];
  /** Whether Terraform put something off to a later plan. */
  readonly complete: boolean;
}

const json: z.ZodType<Json> = z.json();
const plan = z.object({
  planned_values: listedValues.nullish(),
  prior_state: z.object({ values: listedValues.nullish() }).nullish(),
  resource_changes: z
    .array(z.object({ address: z.string(), change: z.object({ after_unknown: json.nullish() }) }))
    .nullish(),
  configuration: z.unknown().optional(),
  complete: z.boolean().nullish(),
  errored: z.boolean().nullish(),
  deferred_changes: z.array(z.unknown()).nullish(),
});

/**
 * The resources as they will be, out of `terraform show -json PLANFILE` (format version 1.x), whoever wrote the configuration.
 * What is known only after apply is taken from what it refers to where that is certain enough to be named as an assumption,
 * and else stays a stand-in of `unresolved` with the references' names.
 * @throws {TerraformConfigurationError}
 */
export function resourcesOfPlan(document: unknown, stack: string, unresolved: UnresolvedValues): PlannedResources {
  const parsed = plan.safeParse(document);
  if (!parsed.success) throw new TerraformConfigurationError(`${stack}: not a plan: ${placeOf(parsed.error)}`);
  const { planned_values: planned, prior_state: prior, resource_changes: changes, complete, errored } = parsed.data;
  if (errored === true)
    throw new TerraformConfigurationError(`${stack}: Terraform met an error while it planned; the plan is not whole`);
  if (!planned) throw new TerraformConfigurationError(`${stack}: not a plan: it has no planned_values`);
  const unknownOf = new Map((changes ?? []).map(({ address, change }) => [address, change.after_unknown ?? false]));
  const read = resourcesIn(prior?.values ?? {}, stack).filter(({ address }) => /(^|\.)data\./.test(address));
  const references = new PlanReferences(parsed.data.configuration);
  const completion = new Completion(references, unresolved, unknownOf);
  const declared = completion.complete(resourcesIn(planned, stack));
  return {
    resources: [...read, ...declared],
    assumptions: completion.assumptions,
    complete: complete !== false && (parsed.data.deferred_changes ?? []).length === 0,
  };
}

/** Puts values where a plan has none. */
class Completion {
  readonly assumptions: Assumption[] = [];
  /** By address without keys. */
  readonly #instances = new Map<string, Resource[]>();

  constructor(
    private readonly references: PlanReferences,
    private readonly unresolved: UnresolvedValues,
    private readonly unknownOf: ReadonlyMap<string, Json>,
  ) {}

  complete(resources: readonly Resource[]): readonly Resource[] {
    const named = resources.map((resource) => this.#withOwnNames(resource));
    for (const resource of named) {
      const address = withoutKeys(resource.address);
      this.#instances.set(address, [...(this.#instances.get(address) ?? []), resource]);
    }
    return named.map((resource) => this.#withOthersNames(resource));
  }

  /** The project of the provider's settings, and the names that follow from the arguments. */
  #withOwnNames(resource: Resource): Resource {
    const unknown = this.#unknownArguments(resource);
    const project = unknown.has("project") ? this.references.defaultProject : undefined;
    const values = project === undefined ? resource.values : { ...resource.values, project };
    return { ...resource, values: { ...assumedAttributes({ ...resource, values }, this.unresolved), ...values } };
  }

  #withOthersNames(resource: Resource): Resource {
    const marks = this.unknownOf.get(resource.address) ?? false;
    if (marks === false) return resource;
    const found: [string, Json][] = [];
    for (const argument of this.#unknownArguments(resource)) {
      if (Object.hasOwn(resource.values, argument)) continue;
      found.push([argument, this.#valueOf(resource, argument)]);
    }
    const partly = fill(resource.values, marks, (path) => {
      const { references } = this.references.originOf(resource.address, path.split(".")[0] ?? "");
      return this.#standIn(resource, path, references);
    });
    return { ...resource, values: { ...partly, ...Object.fromEntries(found) } };
  }

  #unknownArguments({ address }: Resource): ReadonlySet<string> {
    const marks = this.unknownOf.get(address);
    if (typeof marks !== "object" || marks === null || isList(marks)) return new Set();
    return new Set(Object.entries(marks).flatMap(([argument, mark]) => (mark === true ? [argument] : [])));
  }

  #valueOf(resource: Resource, argument: string): string {
    const origin = this.references.originOf(resource.address, argument);
    const value = this.#referredTo(argument, origin);
    if (value === undefined) return this.#standIn(resource, argument, origin.references);
    const [from = ""] = origin.references;
    this.assumptions.push({ address: resource.address, argument, value, from });
    return value;
  }

  /** The value of the one attribute that an argument refers to. A member is more than a name unless it is an account. */
  #referredTo(argument: string, { only }: Origin): string | undefined {
    if (only === undefined) return undefined;
    const [instance, ...more] = (this.#instances.get(withoutKeys(only.resource)) ?? []).filter(({ address }) =>
      isInstance(address, only.resource),
    );
    if (instance === undefined || more.length > 0) return undefined;
    const value = instance.values[only.attribute];
    if (typeof value !== "string") return undefined;
    if (argument !== "member") return value;
    if (instance.type !== "google_service_account") return undefined;
    return only.attribute === "member" ? value : only.attribute === "email" ? `serviceAccount:${value}` : undefined;
  }

  #standIn({ stack, address }: Resource, path: string, references: readonly string[]): string {
    const source = references.length === 0 ? `${address}.${path}` : references.join(", ");
    // Of a text that is made from references the plan does not keep the rest: it may be anything.
    return this.unresolved.standIn(stack, `\${${source}}`, references.length === 0 ? "cloud" : "input");
  }
}

/** Values with something for each part that is marked as unknown, below the top level. */
function fill(values: JsonObject, marks: Json, standIn: (path: string) => string): JsonObject {
  const visit = (value: Json | undefined, mark: Json | undefined, path: string): Json | undefined => {
    if (mark === true) return value ?? standIn(path);
    if (typeof mark !== "object" || mark === null) return value;
    if (isList(mark)) {
      const items = typeof value === "object" && value !== null && isList(value) ? value : [];
      const length = Math.max(items.length, mark.length);
      return Array.from({ length }, (_, index) => visit(items[index], mark[index], path) ?? null);
    }
    const stated = typeof value === "object" && value !== null && !isList(value) ? value : {};
    const marked = Object.entries(mark).flatMap(([key, part]): [string, Json][] => {
      const filled = visit(stated[key], part, path === "" ? key : `${path}.${key}`);
      return filled === undefined ? [] : [[key, filled]];
    });
    return withoutNulls({ ...stated, ...Object.fromEntries(marked) });
  };
  if (typeof marks !== "object" || marks === null || isList(marks)) return values;
  const below = Object.fromEntries(Object.entries(marks).filter(([, mark]) => mark !== true));
  const filled = visit(values, below, "");
  return typeof filled === "object" && filled !== null && !isList(filled) ? filled : values;
}
