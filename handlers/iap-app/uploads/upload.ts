import type { IncomingMessage } from "node:http";
import { type InventoryFile, inventoryLimits, readInventory } from "./inventory-file";
import { boundaryOf, MultipartError, type Part, readMultipart } from "./multipart";

/** What came of an upload. Only `read` has gone through the whole body. */
export type Upload =
  | { readonly kind: "read"; readonly group: string; readonly fileName: string; readonly file: InventoryFile }
  | { readonly kind: "no-file"; readonly group: string }
  | { readonly kind: "foreign-form" | "malformed" | "too-large" };

/** Bytes of everything beside the file. */
const fieldBytes = 4_096;
const limits = { bytes: inventoryLimits.bytes + 64 * 1024, parts: 3 } as const;

/**
 * Reads the upload form: first its token, then the group, then the file, in the order in which our page has them. A form that is not
 * our own is given up before its file is looked at.
 *
 * @param isOwn Whether a token comes from a page of ours.
 */
export async function readUpload(
  body: IncomingMessage,
  contentType: string | undefined,
  tokenField: string,
  isOwn: (token: string) => boolean,
): Promise<Upload> {
  const boundary = boundaryOf(contentType);
  if (boundary === undefined) return { kind: "malformed" };
  const parts = readMultipart(body.iterator({ destroyOnReturn: false }), boundary, limits);
  try {
    return await readParts(parts, tokenField, isOwn);
  } catch (error) {
    if (!(error instanceof MultipartError)) throw error;
    return { kind: error.problem };
  } finally {
    await parts.return();
  }
}

async function readParts(
  parts: AsyncGenerator<Part, void, void>,
  tokenField: string,
  isOwn: (token: string) => boolean,
): Promise<Upload> {
  const token = await nextField(parts, tokenField);
  if (token === undefined || !isOwn(token)) return { kind: "foreign-form" };
  const group = await nextField(parts, "group");
  if (group === undefined) return { kind: "malformed" };
  const next = await parts.next();
  if (next.done === true || next.value.name !== "file" || next.value.fileName === undefined)
    return { kind: "malformed" };
  const fileName = shownName(next.value.fileName);
  const file = await readInventory(next.value.content);
  // A browser sends a nameless, empty file where none was chosen.
  if (fileName === "") return { kind: "no-file", group };
  if (file.ok && (await parts.next()).done !== true) return { kind: "malformed" };
  return { kind: "read", group, fileName, file };
}

/** The value of the next part, which must have this name and be no file. */
async function nextField(parts: AsyncGenerator<Part, void, void>, name: string): Promise<string | undefined> {
  const next = await parts.next();
  if (next.done === true || next.value.name !== name || next.value.fileName !== undefined) return undefined;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of next.value.content) {
    length += chunk.length;
    if (length > fieldBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** A file's name as it is shown: no invisible characters, at most 200. */
const shownName = (name: string): string => [...name.replace(/[\p{Cc}\p{Cf}]/gu, "").trim()].slice(0, 200).join("");
