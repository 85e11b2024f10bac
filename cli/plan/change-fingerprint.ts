import { createHash } from "node:crypto";
import type { ReviewJson } from "../../review";

/** What a stack's plan does, without what differs from one planning to the next. */
export interface PlannedChange {
  readonly review: ReviewJson["stacks"][number];
  /** SHA-256 of the synthesized configuration, in hex. */
  readonly configurationDigest: string;
}

/**
 * SHA-256, in hex, of what a plan changes: the same for two plans that would do the same, made at different times or on
 * different machines. Whoever approved one plan may let another with this fingerprint be applied. It is made of redacted
 * values only, so it can be shown.
 */
export function changeFingerprint({ review, configurationDigest }: PlannedChange): string {
  // The counts follow from the changes, but for the count of what does not change.
  const { planDigest: _, drift: __, driftAccess: ___, counts: ____, ...decided } = review;
  return createHash("sha256")
    .update(JSON.stringify([configurationDigest, ordered(decided)]))
    .digest("hex");
}

/** The same value with the keys of all objects in order. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, nested]) => [key, ordered(nested)]),
  );
}
