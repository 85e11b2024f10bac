import type { Invariant } from "../../analysis";
import type { Federation } from "./federation";

/** A mistake that was made or published in the open, and how it is put right. */
export interface Misconfiguration {
  /** What is wrong, as a title. */
  readonly title: string;
  /** Where it was made, found or explained. */
  readonly source: string;
  /** Name of the built-in invariant that it violates, or what is declared of the account. */
  readonly violates: string | Invariant;
  readonly mistake: Federation;
  readonly remedy: Federation;
}
