import type { AccessComparison } from "../../analysis";

/** What the plans of a review open and close together: accounts and rights that tokens reach on one side only. */
export type Reach = AccessComparison;

/** Whether something can be reached that could not before. */
export const opens = ({ differences, audiences }: Reach): number =>
  [...differences, ...audiences].filter(({ change }) => change === "gained").length;
