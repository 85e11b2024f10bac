import { ImageError } from "../image-error";
import { archivePath, type TarEntry } from "./tar-entry";

const blockSize = 512;
/** Bytes of a name that GNU tar writes as an entry of its own. */
const longestName = 4_096;

/**
 * Entries of a tar archive as Debian's packages and npm's are written: ustar or GNU, with GNU's long names. Contents are
 * views of `archive`. Owners, modes beyond "executable" and times are left out, and so is the root directory itself.
 *
 * @throws {ImageError} `invalid-archive` for damage, for paths that lead outside, and for hard links, devices and the like
 */
export function* readTar(archive: Uint8Array): Generator<TarEntry> {
  const bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  let longName: string | undefined;
  let longTarget: string | undefined;
  for (let offset = 0; ; ) {
    if (offset + blockSize > bytes.length) throw damaged("it ends in the middle");
    const head = bytes.subarray(offset, offset + blockSize);
    if (head.every((byte) => byte === 0)) return;
    checkSum(head);
    const size = octal(head, 124, 12);
    const start = offset + blockSize;
    const content = bytes.subarray(start, start + size);
    if (content.length < size) throw damaged("it ends in the middle");
    offset = start + Math.ceil(size / blockSize) * blockSize;
    const type = String.fromCharCode(head[156] ?? 0);
    if (type === "L" || type === "K") {
      if (size > longestName) throw damaged("a name is too long");
      const text = textOf(content, 0, size);
      if (type === "L") longName = text;
      else longTarget = text;
      continue;
    }
    const path = archivePath(longName ?? nameOf(head));
    const target = longTarget ?? textOf(head, 157, 100);
    longName = undefined;
    longTarget = undefined;
    if (path === "" && type === "5") continue;
    yield entryOf(type, path, content, target, head);
  }
}

function entryOf(type: string, path: string, content: Uint8Array, target: string, head: Buffer): TarEntry {
  if (path === "") throw damaged("an entry has no name");
  if (type === "0" || type === "\0") {
    return { kind: "file", path, content, executable: (octal(head, 100, 8) & 0o111) !== 0 };
  }
  if (type === "5") return { kind: "directory", path };
  if (type === "2" && target !== "") return { kind: "symlink", path, target };
  throw damaged(`${JSON.stringify(path)} is neither file, directory nor symbolic link`);
}

const damaged = (problem: string): ImageError =>
  new ImageError("invalid-archive", `The tar archive cannot be read: ${problem}.`);

function nameOf(head: Buffer): string {
  const prefix = head.toString("latin1", 257, 263) === "ustar\0" ? textOf(head, 345, 155) : "";
  const name = textOf(head, 0, 100);
  return prefix === "" ? name : `${prefix}/${name}`;
}

function textOf(bytes: Buffer, start: number, length: number): string {
  const field = bytes.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString("utf8", 0, end === -1 ? field.length : end);
}

function octal(head: Buffer, start: number, length: number): number {
  const text = head
    .toString("latin1", start, start + length)
    .replace(/[\0 ]+$/, "")
    .trimStart();
  if (!/^[0-7]{0,11}$/.test(text)) throw damaged("a number is not octal");
  return Number.parseInt(text || "0", 8);
}

function checkSum(head: Buffer): void {
  const expected = octal(head, 148, 8);
  const sum = head.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 0x20 : byte), 0);
  if (sum !== expected) throw damaged("a checksum is wrong");
}
