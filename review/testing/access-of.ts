import { accessChanges } from "../access/access-changes";
import { plainText } from "../text/sentence";
import { type ChangeFixture, planOf } from "./plan-fixture";

/** Kind, rank, effect and sentence of what one change means for access. */
export const accessOf = (change: ChangeFixture): readonly (readonly [string, string, string, string])[] =>
  accessChanges(planOf([change]).changes).map(
    ({ kind, rank, effect, sentence }) => [kind, rank, effect, plainText(sentence)] as const,
  );

/** Kind and rank only: `iam-grant high`. */
export const ranksOf = (change: ChangeFixture): readonly string[] =>
  accessOf(change).map(([kind, rank]) => `${kind} ${rank}`);
