import type { Sentence } from "../text/sentence";
import type { AccessFinding, AccessKind } from "./access-change";
import type { Rank } from "./rank";
import type { Sides } from "./sides";

/** Looks at one resource before and after; says what that means for access. */
export type AccessRule = (sides: Sides) => readonly AccessFinding[];

const finding =
  (effect: AccessFinding["effect"]) =>
  (kind: AccessKind, rank: Rank, attribute: string, sentence: Sentence): AccessFinding => ({
    kind,
    rank,
    effect,
    sentence,
    attributes: attribute === "" ? [] : [attribute.split(".")[0] ?? attribute],
  });

/** @param attribute path that the finding was read from; "" for the resource as a whole */
export const widens = finding("widens");
export const narrows = finding("narrows");
export const changes = finding("changes");

/** The findings that there are. */
export const found = (...findings: readonly (AccessFinding | undefined | false)[]): readonly AccessFinding[] =>
  findings.filter((one) => one !== undefined && one !== false);
