import type { ResourceChange } from "../model/resource-change";
import { textOf } from "../model/shown-value";
import type { OutputChange } from "../model/stack-plan";
import { attributeTable } from "./attribute-table";
import { cellSpan, codeSpan } from "./code-span";
import { countByType, details, plural } from "./lists";
import { resourceLabel } from "./resource-label";
import type { ReviewDetail } from "./review-detail";

/** Resources changed in place. */
export function updatedSection(changes: readonly ResourceChange[], detail: ReviewDetail): readonly string[] {
  const updated = changes.filter(({ action }) => action === "update");
  if (updated.length === 0) return [];
  const title = `${plural(updated.length, "resource")} changed in place`;
  if (!detail.otherNames) return [`${title}.`, ""];
  return details(
    title,
    updated.flatMap((change) => [
      `- ${resourceLabel(change, detail.valueCharacters)}${alongside(change, detail)}`,
      ...(detail.updatedAttributes ? attributeTable(change.attributes, detail.valueCharacters) : []),
    ]),
  );
}

/** Resources that are new. */
export function createdSection(changes: readonly ResourceChange[], detail: ReviewDetail): readonly string[] {
  const created = changes.filter(({ action }) => action === "create");
  if (created.length === 0) return [];
  const title = `${plural(created.length, "resource")} created`;
  if (!detail.createdNames) {
    const types = countByType(created);
    const listed = types.slice(0, 40).map(({ type, count }) => `${count} ${codeSpan(type, 80)}`);
    const rest = types.length - listed.length;
    return [`${title}: ${listed.join(", ")}${rest > 0 ? ` and ${plural(rest, "more type")}` : ""}.`, ""];
  }
  return details(
    title,
    created.flatMap((change) => [
      `- ${resourceLabel(change, detail.valueCharacters)}`,
      ...(detail.createdAttributes ? attributeTable(change.attributes, detail.valueCharacters) : []),
    ]),
  );
}

const others = ["move", "import", "forget", "read"] as const;
const otherTitles = {
  move: "moved to another address, otherwise unchanged",
  import: "imported, otherwise unchanged",
  forget: "no longer managed here, left in the cloud",
  read: "read during apply",
} as const;

/** What only changes Terraform's knowledge. */
export function otherSections(changes: readonly ResourceChange[], detail: ReviewDetail): readonly string[] {
  return others.flatMap((action) => {
    const those = changes.filter((change) => change.action === action);
    if (those.length === 0) return [];
    const title = `${plural(those.length, "resource")} ${otherTitles[action]}`;
    if (!detail.otherNames) return [`${title}.`, ""];
    return details(
      title,
      those.map((change) => `- ${resourceLabel(change, detail.valueCharacters)}${alongside(change, detail)}`),
    );
  });
}

/** Outputs before and after. */
export function outputsSection(outputs: readonly OutputChange[], detail: ReviewDetail): readonly string[] {
  if (outputs.length === 0) return [];
  const title = `${plural(outputs.length, "output")} changed`;
  if (!detail.otherNames) return [`${title}.`, ""];
  const limit = detail.valueCharacters;
  return details(title, [
    "| output | before | after |",
    "|---|---|---|",
    ...outputs.map(
      ({ stack, name, before, after }) =>
        `| ${cellSpan(name, limit)} of ${stack} | ${before === undefined ? "–" : cellSpan(textOf(before), limit)} | ${after === undefined ? "–" : cellSpan(textOf(after), limit)} |`,
    ),
  ]);
}

function alongside({ previousAddress, importId }: ResourceChange, { valueCharacters }: ReviewDetail): string {
  return [
    previousAddress === undefined ? "" : `, moved from ${codeSpan(previousAddress, valueCharacters)}`,
    importId === undefined ? "" : `, imported as ${codeSpan(importId, valueCharacters)}`,
  ].join("");
}
