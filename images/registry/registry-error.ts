/**
 * - `not-authorized`: nobody is signed in, or who is may not do this
 * - `not-found`: there is no such image
 * - `refused`: the registry answered, and asking again will not help
 * - `unexpected-answer`: the registry answered what its specification does not say, or led elsewhere
 * - `mismatch`: content is not what its digest says
 * - `gave-up`: the registry was not reached, or asked to try later, for too long
 */
export type RegistryErrorCode =
  | "not-authorized"
  | "not-found"
  | "refused"
  | "unexpected-answer"
  | "mismatch"
  | "gave-up";

/** A registry did not do what was asked. One line, without a token or a password. */
export class RegistryError extends Error {
  override readonly name = "RegistryError";

  constructor(
    readonly code: RegistryErrorCode,
    message: string,
  ) {
    super(message);
  }
}
