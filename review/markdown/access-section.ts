import type { AccessChange } from "../access/access-change";
import { isAtLeast, type Rank } from "../access/rank";
import { render } from "../text/sentence";
import { cellSpan } from "./code-span";
import { plural, shown } from "./lists";
import { resourceLabel } from "./resource-label";
import type { ReviewDetail } from "./review-detail";

type AccessDetail = Pick<ReviewDetail, "accessFloor" | "accessCharacters" | "items" | "valueCharacters">;

export const rankBadges: Readonly<Record<Rank, string>> = {
  critical: "**critical**",
  high: "**high**",
  medium: "medium",
  low: "low",
};

/** Who gains or loses access, the gravest first. */
export function accessSection(title: string, access: readonly AccessChange[], detail: AccessDetail): readonly string[] {
  if (access.length === 0) return [];
  const ranked = access.filter(({ rank }) => isAtLeast(rank, detail.accessFloor));
  const { first, more } = shown(ranked, detail.items);
  const lower = access.length - ranked.length;
  return [
    title,
    "",
    ...(first.length > 0
      ? ["| rank | change | resource |", "|---|---|---|", ...first.map((one) => row(one, detail)), ""]
      : []),
    ...(more > 0 ? [`And ${more} more.`, ""] : []),
    ...(lower > 0 ? [`And ${plural(lower, "change")} of medium or low rank.`, ""] : []),
  ];
}

function row(change: AccessChange, { accessCharacters, valueCharacters }: AccessDetail): string {
  const sentence = render(change.sentence, (value) => cellSpan(value, accessCharacters));
  return `| ${rankBadges[change.rank]} | ${sentence} | ${resourceLabel(change, valueCharacters, true)} |`;
}
