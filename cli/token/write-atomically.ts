import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errorCode } from "../../handlers/runtime";
import { UserError } from "../user-error";

/**
 * Puts the content at the path so that whoever reads it finds the old content or the new, whole; readable by its owner
 * alone from the first moment. A link at the path is replaced, not followed.
 *
 * @throws {UserError} When the folder does not allow it; the old file is then as it was.
 */
export async function writeAtomically(path: string, content: string): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString("hex")}`);
  let handle: FileHandle | undefined;
  try {
    handle = await open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    await handle.writeFile(content);
    // Without it, a crash could leave the new name with no content.
    await handle.sync();
    await handle.close();
    handle = undefined;
    await rename(temporary, path);
  } catch (error) {
    await handle?.close();
    await rm(temporary, { force: true });
    throw new UserError(`cannot write ${path} (${errorCode(error) ?? "unknown"})`);
  }
}
