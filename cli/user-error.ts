/** An error that its message explains completely: one line that says what to do. No stack is shown. */
export class UserError extends Error {
  override readonly name = "UserError";
  /** What the command ends with. */
  readonly exitCode: number = 1;
}
