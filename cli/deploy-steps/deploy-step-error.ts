import { UserError } from "../user-error";

/**
 * - `unknown-step`, `invalid-input`: the step was called wrongly
 * - `no-access-token`: nobody is signed in, or the token was not accepted
 * - `refused`: the service answered, and asking again will not help
 * - `unexpected-answer`: the service answered what its reference does not say
 * - `gave-up`: the service asked to try later, or was not reached, for as long as propagation may take
 */
export type DeployStepErrorCode =
  | "unknown-step"
  | "invalid-input"
  | "no-access-token"
  | "refused"
  | "unexpected-answer"
  | "gave-up";

/** A deploy-time step failed; Terraform fails the resource, and the next apply runs the step again. */
export class DeployStepError extends UserError {
  constructor(
    readonly code: DeployStepErrorCode,
    message: string,
  ) {
    super(message);
  }
}
