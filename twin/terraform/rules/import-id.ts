import type { JsonObject } from "../../../analysis";
import type { ResourceRules, RuleContext } from "./resource-rules";

/**
 * Reads import ids of the forms that the provider takes, the most exact first: `projects/{project}/locations/{location}/x/{name}`.
 * Each `{argument}` is one segment of the path. An id of no form is taken for the identity itself.
 */
export function importForms(
  forms: readonly string[],
  identity: ResourceRules["identity"],
  defaults: JsonObject = {},
): (importId: string, context: RuleContext) => string {
  const readers = forms.map(readerOf);
  return (importId, context) => {
    for (const reader of readers) {
      const found = reader.exec(importId)?.groups;
      if (found !== undefined) return identity({ ...defaults, ...found }, context);
    }
    return importId;
  };
}

/** An argument that stands in a form twice is the same text at both places. */
function readerOf(form: string): RegExp {
  const seen = new Set<string>();
  const pattern = form.replaceAll(".", "\\.").replace(/\{(\w+)\}/g, (_, name: string) => {
    if (seen.has(name)) return `\\k<${name}>`;
    seen.add(name);
    return `(?<${name}>[^/]+?)`;
  });
  return new RegExp(`^${pattern}$`);
}
