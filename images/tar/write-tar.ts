import { ImageError } from "../image-error";
import { archivePath, type TarEntry } from "./tar-entry";

const blockSize = 512;

/**
 * A tar archive (POSIX ustar) that is the same bytes for the same entries, in whatever order they come: names sorted,
 * everything owned by root and readable by all, modified at the epoch. Given in pieces, as contents can be large.
 *
 * @throws {ImageError} `invalid-archive` for a path that occurs twice, leads outside, lies below a file or a link, or does
 * not fit the format
 */
export function* writeTar(entries: readonly TarEntry[]): Generator<Uint8Array> {
  const sorted = [...entries].sort((one, other) => (one.path < other.path ? -1 : 1));
  const kinds = new Map<string, TarEntry["kind"]>();
  for (const entry of sorted) {
    checkPlace(entry, kinds);
    kinds.set(entry.path, entry.kind);
    yield header(entry);
    if (entry.kind === "file") {
      yield entry.content;
      yield new Uint8Array(padding(entry.content.length));
    }
  }
  yield new Uint8Array(2 * blockSize);
}

function checkPlace(entry: TarEntry, kinds: ReadonlyMap<string, TarEntry["kind"]>): void {
  const { path } = entry;
  if (path === "" || archivePath(path) !== path || !/^[\x20-\x7e]+$/.test(path)) {
    throw invalid(path, "is not a plain relative path in ASCII");
  }
  if (kinds.has(path)) throw invalid(path, "occurs twice");
  const segments = path.split("/");
  for (let depth = 1; depth < segments.length; depth++) {
    const above = segments.slice(0, depth).join("/");
    // A missing directory would get the owner and mode that whoever unpacks the archive chooses.
    if (kinds.get(above) !== "directory") throw invalid(path, `needs the directory ${above}`);
  }
}

const invalid = (path: string, problem: string): ImageError =>
  new ImageError("invalid-archive", `The path ${JSON.stringify(path)} ${problem}.`);

const padding = (length: number): number => (blockSize - (length % blockSize)) % blockSize;

/** Source: POSIX.1-2017, pax, "ustar Interchange Format". */
function header(entry: TarEntry): Uint8Array {
  const block = Buffer.alloc(blockSize);
  const { name, prefix } = split(entry.kind === "directory" ? `${entry.path}/` : entry.path);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, "0")}\0`;
  block.write(name, 0, "latin1");
  block.write(octal(modeOf(entry), 7), 100, "latin1");
  block.write(octal(0, 7), 108, "latin1");
  block.write(octal(0, 7), 116, "latin1");
  block.write(octal(entry.kind === "file" ? entry.content.length : 0, 11), 124, "latin1");
  block.write(octal(0, 11), 136, "latin1");
  block.write({ file: "0", symlink: "2", directory: "5" }[entry.kind], 156, "latin1");
  if (entry.kind === "symlink") {
    if (entry.target.length > 100 || !/^[\x21-\x7e]+$/.test(entry.target)) {
      throw invalid(entry.path, "links to what does not fit");
    }
    block.write(entry.target, 157, "latin1");
  }
  block.write("ustar\x0000", 257, "latin1");
  block.write(octal(0, 7), 329, "latin1");
  block.write(octal(0, 7), 337, "latin1");
  block.write(prefix, 345, "latin1");
  // The checksum counts itself as spaces.
  block.fill(" ", 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

function modeOf(entry: TarEntry): number {
  if (entry.kind === "symlink") return 0o777;
  if (entry.kind === "directory") return entry.worldWritable === true ? 0o1777 : 0o755;
  return entry.executable === true ? 0o755 : 0o644;
}

/** Long paths are split at a slash into two fields. */
function split(path: string): { readonly name: string; readonly prefix: string } {
  if (path.length <= 100) return { name: path, prefix: "" };
  const at = path.indexOf("/", path.length - 101);
  if (at < 1 || at > 155 || at === path.length - 1) throw invalid(path, "is too long");
  return { name: path.slice(at + 1), prefix: path.slice(0, at) };
}
