import { type CauseId, causes } from "./causes";
import type { Finding, Rank } from "./finding";

/** A finding of a known cause. @param what was seen; no token, claim or key */
export const findingOf = (id: CauseId, what: string, rank: Rank = "certain"): Finding => ({
  id,
  rank,
  what,
  ...causes[id],
});
