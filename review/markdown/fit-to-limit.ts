/**
 * Characters of a report at most. GitHub takes 65,536 in a comment (docs.github.com, REST API for issue comments); the rest
 * is left for a line that the workflow may add.
 */
export const markdownCharactersLimit = 65_000;

/** One way to say less. */
export interface ShorteningStep<Detail> {
  /** What the report then lacks, for the report to say so. */
  readonly leavesOut: string;
  readonly turnDown: (detail: Detail) => Detail;
}

export interface Shortening<Detail> {
  readonly full: Detail;
  /** From what is missed least to what is missed most. */
  readonly steps: readonly ShorteningStep<Detail>[];
  /** What counts as an item when at last only so many of them fit. */
  readonly items: string;
}

type RenderAt<Detail> = (detail: Detail, leftOut: readonly string[]) => string;

/**
 * Renders with as much detail as the limit admits: step by step less, and at last as many items as fit.
 * @param renderAt writes the report; `leftOut` names what the detail lacks
 */
export function fitToLimit<Detail extends { readonly items: number }>(
  { full, steps, items }: Shortening<Detail>,
  limit: number,
  renderAt: RenderAt<Detail>,
): string {
  let detail = full;
  let report = renderAt(detail, []);
  const leftOut: string[] = [];
  for (const { leavesOut, turnDown } of steps) {
    if (report.length <= limit) return report;
    detail = turnDown(detail);
    leftOut.push(leavesOut);
    report = renderAt(detail, leftOut);
  }
  return report.length <= limit ? report : asManyAsFit(limit, items, detail, leftOut, renderAt);
}

function asManyAsFit<Detail extends { readonly items: number }>(
  limit: number,
  items: string,
  detail: Detail,
  leftOut: readonly string[],
  renderAt: RenderAt<Detail>,
): string {
  const withItems = (count: number): string =>
    renderAt({ ...detail, items: count }, [...leftOut, `all but the first ${count} ${items}`]);
  let fits = 0;
  let tooMany = limit;
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    if (withItems(middle).length <= limit) fits = middle;
    else tooMany = middle;
  }
  return withItems(fits);
}
