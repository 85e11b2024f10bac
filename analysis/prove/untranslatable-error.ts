/** A part of an expression that the solver is not told the meaning of; it may then have any value. */
export class UntranslatableError extends Error {
  override readonly name = "UntranslatableError";
}
