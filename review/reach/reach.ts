import type { AccessComparison } from "../../analysis";

/** What the plans of a review open and close together: accounts and rights that tokens reach on one side only. */
export type Reach = AccessComparison;

/** Whether something can be reached that could not before. */
export const opens = ({ differences, audiences }: Reach): number =>
  [...differences, ...audiences].filter(({ change }) => change === "gained").length;

/** What several comparisons found, each of plans of its own; undefined where nothing was compared. */
export function joinedReach(found: readonly (Reach | undefined)[]): Reach | undefined {
  const compared = found.flatMap((one) => one ?? []);
  if (compared.length === 0) return undefined;
  return {
    differences: compared.flatMap(({ differences }) => differences),
    audiences: compared.flatMap(({ audiences }) => audiences),
    rewritten: compared.flatMap(({ rewritten }) => rewritten),
    undecided: compared.flatMap(({ undecided }) => undecided),
  };
}
