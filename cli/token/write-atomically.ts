import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errorCode } from "../../handlers/runtime";
import { UserError } from "../user-error";

/** @throws {UserError} For what is there and is no file: replaced, a device would be gone for all programs. */
async function refuseDevices(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined && !found.isFile()) throw new UserError(`cannot write ${path} (it is no file)`);
}

/** Milliseconds after which nobody is still writing what was begun. */
const abandonedAfter = 60_000;

/** A process that was killed half-way has left what it began, with a token in it. */
async function removeAbandoned(folder: string, name: string): Promise<void> {
  const begun = (await readdir(folder)).filter(
    (each) => each.startsWith(`.${name}.`) && /^[0-9a-f]{12}$/.test(each.slice(name.length + 2)),
  );
  for (const each of begun) {
    const path = join(folder, each);
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > abandonedAfter) await rm(path, { force: true });
  }
}

/**
 * Puts the content at the path so that whoever reads it finds the old content or the new, whole; readable by its owner
 * alone from the first moment. A link at the path is replaced, not followed.
 *
 * @throws {UserError} When the folder does not allow it; the old file is then as it was.
 */
export async function writeAtomically(path: string, content: string): Promise<void> {
  await refuseDevices(path);
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
    await removeAbandoned(folder, basename(path)).catch(() => undefined);
  } catch (error) {
    await handle?.close();
    await rm(temporary, { force: true });
    throw new UserError(`cannot write ${path} (${errorCode(error) ?? "unknown"})`);
  }
}
