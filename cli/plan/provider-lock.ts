import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hasCode } from "./error-code";

export const providerLockFile = ".terraform.lock.hcl";

/** Name of the project's own copy, which is committed: the stacks' folders are not. */
const committedName = "terraform.lock.hcl";

/**
 * Puts the project's lock of the providers' checksums into a stack's folder.
 * @returns whether there is one, so that `terraform init` may be held to it
 */
export async function bringProviderLock(project: string, stackDirectory: string): Promise<boolean> {
  try {
    await copyFile(join(project, committedName), join(stackDirectory, providerLockFile));
    return true;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return false;
    throw error;
  }
}

/** Keeps what `terraform init` found out, for the project to commit. Returns the file's name where one was written. */
export async function keepProviderLock(project: string, stackDirectory: string): Promise<string | undefined> {
  try {
    const lock = await readFile(join(stackDirectory, providerLockFile));
    await writeFile(join(project, committedName), lock, { flag: "wx" });
    return committedName;
  } catch (error) {
    if (hasCode(error, "ENOENT", "EEXIST")) return undefined;
    throw error;
  }
}
