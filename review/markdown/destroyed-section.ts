import { pathText } from "../model/attribute-changes";
import { isDestructive, type ResourceChange } from "../model/resource-change";
import { attributeTable } from "./attribute-table";
import { codeSpan } from "./code-span";
import { shown } from "./lists";
import { resourceLabel } from "./resource-label";
import type { ReviewDetail } from "./review-detail";

/** What is destroyed or replaced: always open, first of all. */
export function destroyedSection(changes: readonly ResourceChange[], detail: ReviewDetail): readonly string[] {
  const destructive = changes.filter(isDestructive);
  if (destructive.length === 0) return [];
  const { first, more } = shown(destructive, detail.items);
  return [
    "### Destroyed and replaced",
    "",
    ...first.flatMap((change) => entry(change, detail)),
    ...(more > 0 ? [`And ${more} more.`, ""] : []),
  ];
}

function entry(change: ResourceChange, detail: ReviewDetail): readonly string[] {
  const label = resourceLabel(change, detail.valueCharacters);
  const why = change.reason === undefined ? "" : `: ${change.reason}`;
  if (change.action === "delete") return [`- **destroyed** ${label}${why}.`, ""];
  const forcing = change.attributes.filter(({ forcesReplacement }) => forcesReplacement);
  const names = [...new Set(forcing.map(({ path }) => pathText(path)))];
  const { first, more } = shown(names, 12);
  const forced =
    names.length === 0
      ? ""
      : `, forced by ${first.map((name) => codeSpan(name, detail.valueCharacters)).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  const order = change.replaceOrder === undefined ? "" : ` (${change.replaceOrder})`;
  return [
    `- **replaced**${order} ${label}${why}${forced}.`,
    ...attributeTable(detail.replacedAttributes === "all" ? change.attributes : forcing, detail.valueCharacters),
    "",
  ];
}
