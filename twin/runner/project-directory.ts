import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

const preload = join("twin", "runner", "preload.cjs");

/**
 * The directory of the project, found upwards from this code, so that it is the same whether the code runs from its source
 * or from a bundle inside the project.
 * @throws Error outside of the project
 */
export function projectDirectory(): string {
  for (let directory = __dirname; ; directory = dirname(directory)) {
    if (existsSync(join(directory, preload))) {
      return directory;
    }
    if (directory === dirname(directory)) {
      throw new Error(`${preload} is not above ${__dirname}; the runner works inside the project only.`);
    }
  }
}

/** The file that every handler's process loads first. */
export const preloadFile = (): string => join(projectDirectory(), preload);
