/** Whether a call of the file system, or of a program, failed because there is no such file. */
export function isMissingFile(error: unknown): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === "ENOENT";
}
