import { federationLimits } from "../../facts/federation-limits";
import type { Rank } from "../access/rank";
import type { Shortening } from "../markdown/fit-to-limit";

/** How much a drift report tells; each step of shortening turns one of these down. */
export interface DriftDetail {
  /** Names of resources that are not covered. */
  readonly notCoveredNames: boolean;
  readonly bookkeeping: boolean;
  readonly attributes: boolean;
  readonly allowed: boolean;
  /** Findings of lower rank are only counted. */
  readonly floor: Rank;
  /** Characters of one name or value at most. */
  readonly valueCharacters: number;
  /** The same for what the findings say: long enough for the longest condition there can be, unless space runs out. */
  readonly sentenceCharacters: number;
  /** Findings, entries and stacks that are listed at most, of each. */
  readonly items: number;
}

export const driftShortening: Shortening<DriftDetail> = {
  full: {
    notCoveredNames: true,
    bookkeeping: true,
    attributes: true,
    allowed: true,
    floor: "low",
    valueCharacters: 240,
    sentenceCharacters: federationLimits.conditionCharacters,
    items: Number.POSITIVE_INFINITY,
  },
  steps: [
    {
      leavesOut: "names of resources that are not covered (they are counted by type)",
      turnDown: (detail) => ({ ...detail, notCoveredNames: false }),
    },
    {
      leavesOut: "names and values beyond 80 characters each",
      turnDown: (detail) => ({ ...detail, valueCharacters: 80 }),
    },
    {
      leavesOut: "bookkeeping that differs, beyond its number",
      turnDown: (detail) => ({ ...detail, bookkeeping: false }),
    },
    { leavesOut: "what the list allows, beyond its number", turnDown: (detail) => ({ ...detail, allowed: false }) },
    { leavesOut: "values before and after", turnDown: (detail) => ({ ...detail, attributes: false }) },
    {
      leavesOut: "findings of medium and low rank, beyond their number",
      turnDown: (detail) => ({ ...detail, floor: "high" }),
    },
    {
      leavesOut: "names and values beyond 200 characters each in sentences",
      turnDown: (detail) => ({ ...detail, sentenceCharacters: 200 }),
    },
  ],
  items: "findings, list entries and stacks, beyond their numbers",
};
