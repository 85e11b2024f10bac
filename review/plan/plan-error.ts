/**
 * A plan, its configuration or a list beside it cannot be read. The message is one line that names the stack or file, the
 * place and what was expected there; it never holds a value of the plan.
 */
export class PlanError extends Error {
  override readonly name = "PlanError";
}
