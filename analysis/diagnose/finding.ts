/** How sure a finding is: seen to be so, the usual cause of what was seen, or one of the others. */
export const ranks = ["certain", "likely", "possible"] as const;
export type Rank = (typeof ranks)[number];

/** Something that is wrong, or may be. Holds no token, claim or key. */
export interface Finding {
  /** Stable name, for programs; one for each cause. */
  readonly id: string;
  readonly rank: Rank;
  /** What was seen. */
  readonly what: string;
  readonly cause: string;
  readonly remedy: string;
  /** A command that shows or mends it. */
  readonly command?: string;
}

/** The surest first; of the same cause only the surest. */
export function ranked(findings: readonly Finding[]): readonly Finding[] {
  const sorted = ranks.flatMap((rank) => findings.filter((finding) => finding.rank === rank));
  const surest = new Map<string, Finding>();
  for (const finding of sorted) {
    const key = finding.rank === "certain" ? `${finding.id}\n${finding.what}` : finding.id;
    const isSeen = finding.rank !== "certain" && sorted.some(({ id, rank }) => id === finding.id && rank === "certain");
    if (!isSeen && !surest.has(key)) surest.set(key, finding);
  }
  return [...surest.values()];
}
