import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectDirectory } from "../../runner/project-directory";

/** Where what was recovered is kept; removing it only costs the time to recover it again. */
export const keptDirectory = (): string => join(projectDirectory(), ".keyless", "provider-schemas");

/**
 * What `read` makes of a kept file. A file that is missing or damaged is made anew.
 * @param name tells apart all that decides over the contents: versions, revisions
 */
export function fromKeptFile<Result>(
  directory: string,
  name: string,
  read: (bytes: Buffer) => Result,
  make: () => Buffer,
): Result {
  const file = join(directory, name);
  try {
    return read(readFileSync(file));
  } catch {
    const bytes = make();
    mkdirSync(directory, { recursive: true });
    // Renamed into place, so that nobody reads half a file.
    const unfinished = `${file}.${process.pid}`;
    writeFileSync(unfinished, bytes);
    renameSync(unfinished, file);
    return read(bytes);
  }
}
