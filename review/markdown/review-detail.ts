import { federationLimits } from "../../facts/federation-limits";
import type { Rank } from "../access/rank";
import type { Shortening } from "./fit-to-limit";

/** How much a review tells; each step of shortening turns one of these down. */
export interface ReviewDetail {
  readonly createdAttributes: boolean;
  readonly updatedAttributes: boolean;
  readonly replacedAttributes: "all" | "forcing";
  readonly createdNames: boolean;
  /** Names of resources changed in place, moved, imported, forgotten or read, and of outputs. */
  readonly otherNames: boolean;
  readonly drift: boolean;
  /** Access changes of lower rank are only counted. */
  readonly accessFloor: Rank;
  /** Characters of one name or value at most. */
  readonly valueCharacters: number;
  /** The same for access changes: long enough for the longest condition there can be, unless space runs out. */
  readonly accessCharacters: number;
  /** Destroyed or replaced resources, access changes, and stacks that are listed at most, of each. */
  readonly items: number;
}

export const reviewShortening: Shortening<ReviewDetail> = {
  full: {
    createdAttributes: true,
    updatedAttributes: true,
    replacedAttributes: "all",
    createdNames: true,
    otherNames: true,
    drift: true,
    accessFloor: "low",
    valueCharacters: 240,
    accessCharacters: federationLimits.conditionCharacters,
    items: Number.POSITIVE_INFINITY,
  },
  steps: [
    { leavesOut: "attributes of created resources", turnDown: (detail) => ({ ...detail, createdAttributes: false }) },
    {
      leavesOut: "names and values beyond 80 characters each",
      turnDown: (detail) => ({ ...detail, valueCharacters: 80 }),
    },
    {
      leavesOut: "before and after of resources changed in place",
      turnDown: (detail) => ({ ...detail, updatedAttributes: false }),
    },
    {
      leavesOut: "names of created resources (they are counted by type)",
      turnDown: (detail) => ({ ...detail, createdNames: false }),
    },
    {
      leavesOut: "names of outputs and of resources changed in place, moved, imported, forgotten or read",
      turnDown: (detail) => ({ ...detail, otherNames: false }),
    },
    { leavesOut: "drift, beyond its number", turnDown: (detail) => ({ ...detail, drift: false }) },
    {
      leavesOut: "attributes of replaced resources that do not force the replacement",
      turnDown: (detail) => ({ ...detail, replacedAttributes: "forcing" }),
    },
    {
      leavesOut: "access changes of medium and low rank, beyond their number",
      turnDown: (detail) => ({ ...detail, accessFloor: "high" }),
    },
    {
      leavesOut: "names and values beyond 200 characters each in access changes",
      turnDown: (detail) => ({ ...detail, accessCharacters: 200 }),
    },
  ],
  items: "destroyed or replaced resources, access changes and stacks, beyond their numbers",
};
