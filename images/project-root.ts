import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** Names the base of all images; where it lies is the root of the project. */
export const baseLockFile = join("images", "base.lock.json");

/**
 * The root of the project, found upwards from this code, so that it is the same whether the code runs from its source or
 * from a bundle inside the project.
 * @throws {Error} outside of the project
 */
export function projectRoot(): string {
  for (let directory = __dirname; ; directory = dirname(directory)) {
    if (existsSync(join(directory, baseLockFile))) return directory;
    if (directory === dirname(directory)) throw new Error(`${baseLockFile} is not above ${__dirname}`);
  }
}
