import { type Resource, readTerraformJson, resolveConfiguration } from "../../analysis";
import type { ResourceStore, StoredResource } from "../store/resource-store";
import type { GoogleProject, RuleContext } from "../terraform/rules";
import { loaderRules, type PlannedResource, planResource, valuesNow } from "./planned-resource";
import { type Refused, Removals } from "./removals";
import { ResourceRefusedError } from "./resource-refused-error";
import { type DeployStep, deployStepsOf } from "./terraform-data";

export type { DeployStep } from "./terraform-data";

/** A stack as it would be deployed. */
export interface StackConfiguration {
  /** Name of the stack. */
  readonly stack: string;
  /** Contents of its cdk.tf.json. */
  readonly text: string;
}

export interface ApplyOptions {
  readonly projects: readonly GoogleProject[];
  readonly variables: Readonly<Record<string, string>>;
  /** Runs a step when its resource is made, or removed; a step that throws fails the apply. */
  runDeployStep(step: DeployStep): Promise<void>;
}

/**
 * Applies a stack to the store, by the same rules as Terraform through the provider: what it declares is there
 * afterwards, what it no longer declares is gone. Resources come in the order of their dependencies, each with its
 * deploy-time steps before what depends on it.
 * @throws {TerraformConfigurationError} where the JSON, a reference or a variable is not understood; the store is unchanged then
 * @throws {UnknownResourceTypeError} for a type that the twin does not play; the store is unchanged then
 * @throws {ResourceRefusedError} where a plan is refused; the store is unchanged then. Where the cloud refuses a change, what
 * came before it stays applied, as with Terraform.
 */
export async function applyTerraformJson(
  store: ResourceStore,
  configuration: StackConfiguration,
  options: ApplyOptions,
): Promise<readonly Resource[]> {
  const { stack } = configuration;
  const context = (): RuleContext => ({
    stack,
    project: options.projects.find((project) => project.stack === stack),
    projects: options.projects,
    store,
    now: Date.now(),
  });
  const planned = planStack(configuration, options, context);
  const removals = new Removals(store, context, (step) => options.runDeployStep(step));

  const kept = new Set(planned.map(({ previous }) => previous));
  const replaced = planned.filter(({ isReplaced }) => isReplaced);
  for (const { previous } of replaced.filter(({ createBeforeDestroy }) => createBeforeDestroy)) depose(store, previous);
  const toReplace = new Set(replaced.filter((one) => !one.createBeforeDestroy).map(({ previous }) => previous));
  const leaving = store
    .all()
    .filter(
      (one) => one.stack === stack && loaderRules(one.type) !== undefined && (!kept.has(one) || toReplace.has(one)),
    );
  const stillUsed = await removals.removeAll(leaving.filter(({ address }) => !address.endsWith(deposed)));
  throwFirst(stillUsed.filter(({ resource }) => toReplace.has(resource)));

  const applied: Resource[] = [];
  for (const one of planned) applied.push(await applyResource(store, one, context, options));

  const last = store.all().filter((one) => one.stack === stack && one.address.endsWith(deposed));
  throwFirst(await removals.removeAll([...stillUsed.map(({ resource }) => resource), ...last]));
  return applied;
}

/** Resolves, plans and validates all resources. */
function planStack(
  { stack, text }: StackConfiguration,
  { variables }: ApplyOptions,
  context: () => RuleContext,
): readonly PlannedResource[] {
  const planned = new Map<string, PlannedResource>();
  const resolved = resolveConfiguration(readTerraformJson(text, stack), {
    variables,
    computed: (resource) => {
      const plan = planResource(resource, context());
      planned.set(resource.address, plan);
      return plan.values;
    },
  });
  const inOrder = resolved.flatMap(({ address }) => planned.get(address) ?? []);
  const byIdentity = new Map<string, string>();
  for (const { resource, rules, arguments: given, identity, isReplaced, preventDestroy } of inOrder) {
    const violations = rules.validate?.(given, context()) ?? [];
    if (violations.length > 0) throw new ResourceRefusedError(stack, resource.address, violations);
    if (isReplaced && preventDestroy) {
      const detail = "It has lifecycle.prevent_destroy set, but what changes cannot be changed in place.";
      throw new ResourceRefusedError(stack, resource.address, [
        { path: [], summary: "Instance cannot be destroyed", detail },
      ]);
    }
    const key = `${resource.type} ${identity}`;
    const other = byIdentity.get(key);
    if (other !== undefined) {
      const summary = `${other} declares the same resource, ${JSON.stringify(identity)}`;
      throw new ResourceRefusedError(stack, resource.address, [{ path: [], summary }]);
    }
    byIdentity.set(key, resource.address);
  }
  return inOrder;
}

async function applyResource(
  store: ResourceStore,
  planned: PlannedResource,
  context: () => RuleContext,
  { runDeployStep }: ApplyOptions,
): Promise<StoredResource> {
  const { resource, rules, metaArguments, identity } = planned;
  const { stack, address } = resource;
  const previous = planned.isReplaced ? undefined : planned.previous;
  const values = valuesNow(planned, context());
  const refusal =
    previous === undefined
      ? rules.refuseCreate?.(planned.arguments, context())
      : rules.refuseUpdate?.(previous.values, values, context());
  if (refusal !== undefined) throw new ResourceRefusedError(stack, address, [refusal]);
  const record = { ...resource, identity, values: { ...values, ...metaArguments } };
  if (previous === undefined) {
    for (const step of deployStepsOf(record, "create")) await runDeployStep(step);
  } else if (previous.identity !== identity || previous.address !== address) {
    store.remove(stack, previous.address);
  }
  return store.put(record);
}

/** What Terraform calls a resource whose successor is made before it is destroyed. */
const deposed = " (deposed)";

function depose(store: ResourceStore, previous: StoredResource | undefined): void {
  if (previous === undefined) return;
  store.put({ ...previous, address: `${previous.address}${deposed}` });
}

function throwFirst([first]: readonly Refused[]): void {
  if (first !== undefined) throw first.error;
}
