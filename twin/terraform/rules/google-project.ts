/** A project that exists before anything is applied. */
export interface GoogleProject {
  readonly id: string;
  readonly number: string;
  /** The stack whose resources belong to it where they name no project. */
  readonly stack: string;
}
