import type { Json, JsonObject } from "../../../analysis";
import type { Check } from "./checks";
import { googleRefusal } from "./google-refusal";
import { importForms } from "./import-id";
import { canonicalName, findProject, projectOf } from "./project";
import type { ResourceRules, RuleContext, Violation } from "./resource-rules";
import { isList, text, valuesAt } from "./values";

/** A resource type whose arguments name another resource, and where. */
export interface User {
  readonly type: string;
  /** Dotted paths of arguments that hold an id, a name or a link. */
  readonly paths: readonly string[];
}

export interface GoogleResource {
  readonly type: string;
  /** The API's name of the resource, as the provider writes it in messages: "WorkloadIdentityPool". */
  readonly label: string;
  /** Form of the id: `projects/{project}/locations/{location}/x/{x_id}`. */
  readonly id: string;
  /** Arguments that the id needs but a resource may leave out. */
  readonly idDefaults?: Readonly<Record<string, string>>;
  /** Shorter forms that an import id may have. */
  readonly importForms?: readonly string[];
  readonly forceNew: readonly string[];
  readonly defaults?: JsonObject;
  readonly invented?: readonly string[];
  readonly softDelete?: boolean;
  readonly check?: Check;
  /** Computed attributes beside `id` and `project`. */
  readonly computed?: (values: JsonObject, context: RuleContext, id: string) => JsonObject;
  /** The API's message and reason when the resource is there already; absent where creating it again changes nothing. */
  readonly exists?: (
    id: string,
    values: JsonObject,
    context: RuleContext,
  ) => readonly [message: string, reason?: string];
  /** What the API refuses at creation and at every change. */
  readonly refuse?: (values: JsonObject, context: RuleContext, action: string) => Violation | undefined;
  /** Deletion is refused while one of these names the resource. */
  readonly users?: { readonly kind: string; readonly by: readonly User[] };
  readonly refuseDelete?: ResourceRules["refuseDelete"];
}

/** A row of the table of rules. */
export type RulesOfType = readonly [type: string, rules: ResourceRules];

/** Rules of a resource whose id is made of its arguments, as those of Google's APIs are. */
export function googleResource(resource: GoogleResource): RulesOfType {
  const { type, label, id: form, idDefaults = {}, check, users } = resource;
  const ofProject = form.startsWith("projects/{project}");
  const identity = (values: JsonObject, context: RuleContext) =>
    form.replace(/\{(\w+)\}/g, (_, name: string) =>
      name === "project" ? projectOf(values, context).id : (text(values, name) ?? idDefaults[name] ?? ""),
    );
  const creating = `Error creating ${label}`;
  const rules: ResourceRules = {
    forceNew: resource.forceNew,
    ...(resource.defaults === undefined ? {} : { defaults: resource.defaults }),
    ...(resource.invented === undefined ? {} : { invented: resource.invented }),
    ...(resource.softDelete === true ? { softDelete: true } : {}),
    ...(check === undefined ? {} : { validate: (values: JsonObject) => check(values) }),
    identity,
    computed: (values, context) => {
      const id = identity(values, context);
      const project = ofProject ? { project: projectOf(values, context).id } : {};
      return { id, ...project, ...resource.computed?.(values, context, id) };
    },
    refuseCreate: (values, context) =>
      (ofProject ? missingProject(creating, values, context) : undefined) ??
      alreadyThere(resource, identity(values, context), values, context) ??
      resource.refuse?.(values, context, creating),
    refuseUpdate: (_, after, context) =>
      resource.refuse?.(after, context, `Error updating ${label} "${identity(after, context)}"`),
    refuseDelete: (values, context) =>
      resource.refuseDelete?.(values, context) ??
      (users === undefined ? undefined : inUse(label, users, identity(values, context), context)),
    importIdentity: importForms([form, ...(resource.importForms ?? [])], identity, idDefaults),
  };
  return [type, rules];
}

/** The project is none that exists, so whoever deploys has no permission on it. */
export function missingProject(action: string, values: JsonObject, context: RuleContext): Violation | undefined {
  const named = text(values, "project");
  if (named === undefined ? context.project !== undefined : findProject(named, context) !== undefined) return undefined;
  return named === undefined
    ? { path: ["project"], summary: `${action}: project: required field is not set` }
    : googleRefusal(action, 403, `Permission denied on resource project ${named}.`, "forbidden", ["project"]);
}

/** A resource of a type that something names, by id, link or name with either form of the project. */
export function findNamed(context: RuleContext, type: string, name: string) {
  const wanted = canonicalName(name, context);
  return context.store.find(type, ({ identity }) => canonicalName(identity, context) === wanted);
}

/** Whether a resource is there under the id, in any stack, or was deleted and could be undeleted. */
function alreadyThere(
  { type, label, exists }: GoogleResource,
  id: string,
  values: JsonObject,
  context: RuleContext,
): Violation | undefined {
  const { store, now } = context;
  const isThere = [...store.ofType(type), ...store.deletedOfType(type, now)].some(({ identity }) => identity === id);
  if (exists === undefined || !isThere) return undefined;
  const [message, reason] = exists(id, values, context);
  return googleRefusal(`Error creating ${label}`, 409, message, reason);
}

function inUse(
  label: string,
  { kind, by }: { readonly kind: string; readonly by: readonly User[] },
  id: string,
  context: RuleContext,
): Violation | undefined {
  const wanted = canonicalName(id, context);
  const names = (value: Json): boolean =>
    isList(value) ? value.some(names) : typeof value === "string" && canonicalName(value, context) === wanted;
  for (const { type, paths } of by) {
    const user = context.store.find(type, ({ values }) =>
      paths.some((path) => valuesAt(values, path).some(({ value }) => names(value))),
    );
    if (user === undefined) continue;
    return googleRefusal(
      `Error when reading or editing ${label}`,
      400,
      `The ${kind} resource '${id}' is already being used by '${user.identity}'`,
      "resourceInUseByAnotherResource",
    );
  }
  return undefined;
}
