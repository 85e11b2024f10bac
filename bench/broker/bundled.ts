import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundleProgram } from "../../images/recipe/bundle";
import { projectDirectory } from "../../twin";

const folder = join(projectDirectory(), ".keyless", "bench");

/** Bundles a program of the project, as the images hold it, and returns the file. */
export function bundled(entryPoint: string): string {
  const file = join(folder, `${entryPoint.replaceAll("/", "-").replace(/\.ts$/, "")}.cjs`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, bundleProgram(projectDirectory(), entryPoint).code);
  return file;
}
