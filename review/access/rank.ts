/** Security effect, highest first. */
export const ranks = ["critical", "high", "medium", "low"] as const;
export type Rank = (typeof ranks)[number];

export const isAtLeast = (rank: Rank, floor: Rank): boolean => ranks.indexOf(rank) <= ranks.indexOf(floor);

export const highest = (one: Rank, ...others: readonly Rank[]): Rank =>
  others.reduce((top, rank) => (isAtLeast(rank, top) ? rank : top), one);

/** For sorting: highest first. */
export const compareRanks = (one: Rank, other: Rank): number => ranks.indexOf(one) - ranks.indexOf(other);
