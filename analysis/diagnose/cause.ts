/** Why something fails, and what to do. Words in capital letters in a command stand for names of the reader's. */
export interface Cause {
  readonly cause: string;
  readonly remedy: string;
  readonly command?: string;
}
