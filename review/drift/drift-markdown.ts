import { highest, isAtLeast } from "../access/rank";
import { rankBadges } from "../markdown/access-section";
import { attributeTable } from "../markdown/attribute-table";
import { codeSpan } from "../markdown/code-span";
import { fitToLimit, markdownCharactersLimit } from "../markdown/fit-to-limit";
import { footer, type ReportOrigin, requireOrigin } from "../markdown/footer";
import { details, oneOrMore, plural, shown } from "../markdown/lists";
import { stickyMarker } from "../markdown/marker";
import { resourceLabel } from "../markdown/resource-label";
import { render as renderSentence } from "../text/sentence";
import type { DriftAllowance } from "./allow-list";
import type { DriftReport } from "./detect-drift";
import { type DriftDetail, driftShortening } from "./drift-detail";
import type { DriftFinding } from "./drift-finding";
import type { NotCovered } from "./not-covered";

export interface DriftMarkdownOptions extends ReportOrigin {
  /** Characters (UTF-16 units) at most; 65,000 unless given. */
  readonly limit?: number;
}

/**
 * The drift as Markdown for an issue: the same for the same plans, list and day, at most `limit` characters.
 * @throws {PlanError} where `commit` or `runUrl` has another form than stated
 */
export function driftMarkdown(report: DriftReport, options: DriftMarkdownOptions = {}): string {
  requireOrigin(options);
  const { limit = markdownCharactersLimit } = options;
  return fitToLimit(driftShortening, limit, (detail, leftOut) => render(report, options, detail, leftOut));
}

function render(report: DriftReport, origin: ReportOrigin, detail: DriftDetail, leftOut: readonly string[]): string {
  const { plans, changedOutside, allowed } = report;
  const lines = [
    stickyMarker(
      "drift",
      plans.map(({ stack }) => stack),
    ),
    ...oneOrMore(
      plans.map(({ stack }) => summaryLine(stack, report)),
      detail.items,
    ),
    ...changedSection(changedOutside, detail),
    ...allowedSection(allowed, detail),
    ...listSection(report, detail),
    ...notCoveredSection(report.notCovered, detail),
    ...footer(plans, origin, leftOut),
  ];
  return `${lines
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trimEnd()}\n`;
}

/** `prod: 2 changed outside, 1 gone · risk high · 1 allowed · 12 not covered`. */
function summaryLine(stack: string, { changedOutside, allowed, notCovered }: DriftReport): string {
  const ofStack = changedOutside.filter((finding) => finding.stack === stack);
  const gone = ofStack.filter(({ kind }) => kind === "gone").length;
  const resources = (findings: readonly DriftFinding[]): number => new Set(findings.map(({ address }) => address)).size;
  const tolerated = allowed.filter((finding) => finding.stack === stack);
  const uncovered = new Set(
    notCovered.flatMap((one) =>
      one.resources.filter((resource) => resource.stack === stack).map(({ address }) => address),
    ),
  ).size;
  return [
    `${stack}: ${resources(ofStack) - gone} changed outside, ${gone} gone`,
    `risk ${ofStack.length === 0 ? "none" : highest("low", ...ofStack.map(({ rank }) => rank))}`,
    ...(tolerated.length > 0 ? [`${resources(tolerated)} allowed`] : []),
    ...(uncovered > 0 ? [`${uncovered} not covered in full`] : []),
  ].join(" · ");
}

function changedSection(findings: readonly DriftFinding[], detail: DriftDetail): readonly string[] {
  if (findings.length === 0) return ["Nothing that a refresh can see was changed outside of Terraform.", ""];
  const telling = findings.filter(({ kind }) => detail.bookkeeping || kind !== "bookkeeping");
  const ranked = telling.filter(({ rank }) => isAtLeast(rank, detail.floor));
  const { first, more } = shown(ranked, detail.items);
  const counted = findings.length - ranked.length;
  return [
    "### Changed outside",
    "",
    ...first.flatMap((finding) => entry(finding, detail)),
    ...(more > 0 ? [`And ${more} more.`, ""] : []),
    ...(counted > 0 ? [`And ${plural(counted, "finding")} of lower rank.`, ""] : []),
  ];
}

function entry(finding: DriftFinding, detail: DriftDetail): readonly string[] {
  const limit = detail.valueCharacters;
  const { first, more } = shown(finding.sentences, 30);
  const told = first.map((one) => renderSentence(one, (value) => codeSpan(value, detail.sentenceCharacters))).join(" ");
  return [
    `- ${rankBadges[finding.rank]} ${resourceLabel(finding, limit)}: ${told}${more > 0 ? ` And ${more} more.` : ""}`,
    ...(detail.attributes ? attributeTable(finding.changes, limit, { before: "applied", after: "found" }) : []),
    "",
  ];
}

function allowedSection(allowed: readonly DriftFinding[], detail: DriftDetail): readonly string[] {
  if (allowed.length === 0) return [];
  const title = `${plural(allowed.length, "finding")} allowed by the list`;
  if (!detail.allowed) return [`${title}.`, ""];
  const { first, more } = shown(allowed, detail.items);
  const limit = detail.valueCharacters;
  return details(title, [
    ...first.map(
      (finding) =>
        `- ${rankBadges[finding.rank]} ${resourceLabel(finding, limit)}: ${codeSpan(finding.attribute, limit)}${
          finding.allowance === undefined
            ? ""
            : `, until ${finding.allowance.until} because ${codeSpan(finding.allowance.reason, limit)}`
        }`,
    ),
    ...(more > 0 ? [`- and ${more} more`] : []),
  ]);
}

function listSection({ expired, unused }: DriftReport, detail: DriftDetail): readonly string[] {
  const lines = [
    ...expired.map((entry) => `- expired on ${entry.until}, allows nothing: ${entryLabel(entry, detail)}`),
    ...unused.map((entry) => `- unused, no such drift was found: ${entryLabel(entry, detail)}`),
  ];
  if (lines.length === 0) return [];
  const { first, more } = shown(lines, detail.items);
  return ["### Entries of the list to mend", "", ...first, ...(more > 0 ? [`- and ${more} more`] : []), ""];
}

function entryLabel(entry: DriftAllowance, { valueCharacters: limit }: DriftDetail): string {
  const resource =
    "address" in entry
      ? `${codeSpan(entry.address, limit)} in ${codeSpan(entry.stack, limit)}`
      : codeSpan(entry.constructPath, limit);
  return `${codeSpan(entry.attribute, limit)} of ${resource}, because ${codeSpan(entry.reason, limit)}`;
}

function notCoveredSection(uncovered: readonly NotCovered[], detail: DriftDetail): readonly string[] {
  const closing = "Resources that no stack declares are not looked at.";
  if (uncovered.length === 0) return [closing, ""];
  return [
    "### Not covered",
    "",
    `A refresh reads back what Terraform declares. What follows is not known to be clean; it was not seen. ${closing}`,
    "",
    ...uncovered.flatMap(({ type, attribute, why, resources }) => {
      const what = attribute === undefined ? codeSpan(type, 80) : `${codeSpan(attribute, 80)} of ${codeSpan(type, 80)}`;
      const { first, more } = shown(resources, 50);
      return [
        `- ${resources.length} × ${what}: ${why}.`,
        ...(detail.notCoveredNames
          ? [
              `  ${first.map((one) => codeSpan(one.constructPath ?? one.address, detail.valueCharacters)).join(", ")}${more > 0 ? ` and ${more} more` : ""}`,
            ]
          : []),
      ];
    }),
    "",
  ];
}
