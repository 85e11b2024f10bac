import type { AccessChange } from "../access/access-change";
import { accessChanges } from "../access/access-changes";
import { compareRanks } from "../access/rank";
import { isChange } from "../model/resource-change";
import { opens } from "../reach/reach";
import type { Review } from "../review";
import { accessSection } from "./access-section";
import { destroyedSection } from "./destroyed-section";
import { driftedSection } from "./drifted-section";
import { fitToLimit, markdownCharactersLimit } from "./fit-to-limit";
import { footer, type ReportOrigin, requireOrigin } from "./footer";
import { oneOrMore, plural } from "./lists";
import { stickyMarker } from "./marker";
import { reachSection } from "./reach-section";
import { type ReviewDetail, reviewShortening } from "./review-detail";
import { createdSection, otherSections, outputsSection, updatedSection } from "./stack-sections";
import { summaryLine } from "./summary-line";

export interface ReviewMarkdownOptions extends ReportOrigin {
  /** Characters (UTF-16 units) at most; 65,000 unless given. */
  readonly limit?: number;
}

/**
 * The review as Markdown for a pull request: the same for the same plans, at most `limit` characters, with every text of the
 * plans in code spans.
 * @throws {PlanError} where `commit` or `runUrl` has another form than stated
 */
export function reviewMarkdown(review: Review, options: ReviewMarkdownOptions = {}): string {
  requireOrigin(options);
  const { limit = markdownCharactersLimit } = options;
  const plans = review.stacks.map(({ plan }) => plan);
  const content: Content = {
    review,
    access: byRank(review.stacks.flatMap(({ access }) => access)),
    driftAccess: byRank(plans.flatMap(({ drift }) => accessChanges(drift))),
  };
  return fitToLimit(reviewShortening, limit, (detail, leftOut) => render(content, options, detail, leftOut));
}

interface Content {
  readonly review: Review;
  readonly access: readonly AccessChange[];
  readonly driftAccess: readonly AccessChange[];
}

function render(
  { review: { stacks, reach }, access, driftAccess }: Content,
  origin: ReportOrigin,
  detail: ReviewDetail,
  leftOut: readonly string[],
): string {
  const plans = stacks.map(({ plan }) => plan);
  const changes = plans.flatMap((plan) => plan.changes);
  const lines = [
    stickyMarker(
      "review",
      plans.map(({ stack }) => stack),
    ),
    ...oneOrMore(stacks.map(summaryLine), detail.items),
    ...oneOrMore(
      stacks
        .filter(({ assessment }) => assessment.approvalReasons.length > 0)
        .map(
          ({ plan, assessment }) => `Approval in ${plan.stack} because of ${assessment.approvalReasons.join(", ")}.`,
        ),
      detail.items,
    ),
    ...openedLine(reach),
    ...destroyedSection(changes, detail),
    ...accessSection("### Access changes", access, detail),
    ...reachSection(reach, detail),
    ...updatedSection(changes, detail),
    ...createdSection(changes, detail),
    ...otherSections(changes, detail),
    ...outputsSection(
      plans.flatMap(({ outputs }) => outputs),
      detail,
    ),
    ...driftedSection(plans.flatMap(({ drift }) => drift).filter(isChange), driftAccess, detail),
    ...footer(plans, origin, leftOut),
  ];
  return `${lines
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trimEnd()}\n`;
}

function openedLine(reach: Review["reach"]): readonly string[] {
  const count = reach === undefined ? 0 : opens(reach);
  return count === 0
    ? []
    : [`Approval because of ${plural(count, "way")} in that ${count === 1 ? "was" : "were"} not open before.`];
}

const byRank = (changes: readonly AccessChange[]): readonly AccessChange[] =>
  changes.toSorted((one, other) => compareRanks(one.rank, other.rank));
