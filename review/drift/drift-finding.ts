import { type AccessKind, accessKinds } from "../access/access-change";
import type { Rank } from "../access/rank";
import type { AttributeChange } from "../model/attribute-changes";
import type { Sentence } from "../text/sentence";
import type { DriftAllowance } from "./allow-list";

/** Kinds of drift: those of access changes, and what means nothing for access. The names are stable. */
export const driftKinds = {
  ...accessKinds,
  gone: "A managed resource is gone.",
  attribute: "An attribute differs from what was applied.",
  bookkeeping: "Bookkeeping of the cloud or the provider differs.",
} as const;

export type DriftKind = AccessKind | "gone" | "attribute" | "bookkeeping";

/** One attribute of one resource that is not as it was applied, or the resource itself. */
export interface DriftFinding {
  readonly stack: string;
  readonly address: string;
  readonly constructPath?: string;
  readonly type: string;
  readonly kind: DriftKind;
  readonly rank: Rank;
  /** Outermost attribute, or `(resource)`. */
  readonly attribute: string;
  readonly sentences: readonly Sentence[];
  /** `before` is what was applied, `after` what was found. */
  readonly changes: readonly AttributeChange[];
  /** Entry of the list that tolerates it. */
  readonly allowance?: DriftAllowance;
}
