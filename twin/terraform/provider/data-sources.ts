import type { JsonObject } from "../../../analysis";
import { findProject } from "../rules/project";
import type { ResourceRules, RuleContext } from "../rules/resource-rules";
import { text } from "../rules/values";

/**
 * What a data source reads: a project, or the resource of the same type that its arguments name.
 * @returns undefined where it does not exist; "unplayed" for a type that the twin knows no resource of
 */
export function readData(
  type: string,
  config: JsonObject,
  rules: ReadonlyMap<string, ResourceRules>,
  context: RuleContext,
): JsonObject | undefined | "unplayed" {
  if (type === "google_project") return readProject(config, context);
  const found = rules.get(type);
  if (found === undefined) return "unplayed";
  const resource = context.store.get(context.stack, type, found.identity(config, context));
  return resource?.values;
}

function readProject(config: JsonObject, context: RuleContext): JsonObject | undefined {
  const named = text(config, "project_id");
  const project = named === undefined ? context.project : findProject(named, context);
  if (project === undefined) return undefined;
  const { id, number } = project;
  return { id: `projects/${id}`, project_id: id, number, name: id };
}
