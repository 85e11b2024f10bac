import type { JsonObject } from "../../../analysis";
import type { RuleContext } from "./resource-rules";
import { text } from "./values";

/**
 * Id and number of the project that a resource names, or else of the stack's. Of a project that does not exist, the name as
 * written: `missingProject` refuses it at apply.
 */
export function projectOf(values: JsonObject, context: RuleContext): { readonly id: string; readonly number: string } {
  const named = text(values, "project");
  if (named === undefined) return context.project ?? { id: "", number: "" };
  return findProject(named, context) ?? { id: named, number: named };
}

/** A project by its id or its number. */
export function findProject(idOrNumber: string, { projects }: RuleContext): RuleContext["project"] {
  return projects.find(({ id, number }) => id === idOrNumber || number === idOrNumber);
}

/** The same name with the project's id in place of its number, so that both forms compare equal. */
export function canonicalName(name: string, context: RuleContext): string {
  const path = name.replace(/^https:\/\/[a-z.]*googleapis\.com\/(compute\/)?(v1|beta)\//, "");
  return path.replace(/^projects\/([^/]+)/, (whole, named) => {
    const project = findProject(String(named), context);
    return project === undefined ? whole : `projects/${project.id}`;
  });
}
