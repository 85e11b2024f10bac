import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { readBaseLock } from "../base-lock";
import { BlobStore } from "../blob-store";
import { projectRoot } from "../project-root";

/** For tests: what they need of the machine, and saying so where it is not there. */

/** Programs of these that are not installed. */
export function missingPrograms(...programs: readonly string[]): readonly string[] {
  return programs.filter((program) => {
    try {
      execFileSync("which", [program], { stdio: "ignore" });
      return false;
    } catch {
      return true;
    }
  });
}

/** Whether the base's layers are on the disk already: no test fetches what somebody has not fetched before. */
export function isBaseAtHand(): boolean {
  const blobs = new BlobStore(projectRoot());
  return readBaseLock(projectRoot()).layers.every(({ digest }) => existsSync(blobs.pathOf(digest)));
}

/**
 * The Node.js of the base, from the package that the base is assembled from. Undefined where that is not at hand, or is
 * made for another machine.
 */
export function baseNode(): string | undefined {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  const packages = join(projectRoot(), ".keyless", "images", "packages");
  const [archive] = (existsSync(packages) ? readdirSync(packages) : []).filter((name) => /^node-.*\.tgz$/.test(name));
  if (archive === undefined) return undefined;
  const folder = join(projectRoot(), ".cache", archive.replace(/\.tgz$/, ""));
  const node = join(folder, "package", "bin", "node");
  if (!existsSync(node)) {
    mkdirSync(folder, { recursive: true });
    execFileSync("tar", ["-xzf", join(packages, archive), "-C", folder, "package/bin/node"]);
  }
  return node;
}

/** Skips with the reason where somebody sees it; runs where there is none. */
export function skipping(reason: string | undefined): typeof it | typeof it.skip {
  if (reason === undefined) return it;
  process.stderr.write(`skipped: ${reason}\n`);
  return it.skip;
}
