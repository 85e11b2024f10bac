import type { AccessChange } from "../access/access-change";
import type { ResourceChange } from "../model/resource-change";
import { accessSection } from "./access-section";
import { attributeTable } from "./attribute-table";
import { details, plural } from "./lists";
import { resourceLabel } from "./resource-label";
import type { ReviewDetail } from "./review-detail";

/** What somebody changed in the cloud since the last apply: not the doing of the plan, so told apart from it. */
export function driftedSection(
  drift: readonly ResourceChange[],
  access: readonly AccessChange[],
  detail: ReviewDetail,
): readonly string[] {
  const drifted = drift.filter(({ action }) => action !== "move");
  if (drifted.length === 0) return [];
  const title = `${plural(drifted.length, "resource")} changed outside of Terraform`;
  if (!detail.drift) return ["### Drift", "", `${title} since the last apply.`, ""];
  return [
    "### Drift",
    "",
    "Found in the cloud since the last apply; not part of what this plan does.",
    "",
    ...accessSection("What it means for access:", access, detail),
    ...details(
      title,
      drifted.flatMap((change) => [
        `- ${resourceLabel(change, detail.valueCharacters)}${change.action === "delete" ? " is gone" : ""}`,
        ...(change.action === "delete" ? [] : attributeTable(change.attributes, detail.valueCharacters)),
      ]),
    ),
  ];
}
