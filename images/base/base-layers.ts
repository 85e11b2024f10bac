import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { ImageError } from "../image-error";
import { isMissingFile } from "../missing-file";
import { readTar } from "../tar/read-tar";
import type { TarEntry } from "../tar/tar-entry";

const run = promisify(execFile);
const unzip = promisify(gunzip);
const longestArchive = 512 * 1_048_576;

/** Where Node.js lies in the assembled base. */
export const nodePath = "/usr/local/bin/node";

/** Libraries, what the system is called, and licences; no programs. */
const kept =
  /^((usr\/)?lib\/x86_64-linux-gnu\/[^/]+\.so[.0-9]*|lib64\/.+|usr\/lib\/os-release|etc\/(os-release|debian_version)|usr\/share\/common-licenses\/.+|usr\/share\/doc\/[^/]+(\/copyright)?)$/;
const certificate = /^usr\/share\/ca-certificates\/.+\.crt$/;
/** Where a container finds or gets the kernel's file systems and its own. */
const mountPoints = ["dev", "proc", "run", "sys"];

const people = `root:x:0:0:root:/root:/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin
nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin
`;
const groups = "root:x:0:\nnobody:x:65534:\nnonroot:x:65532:\n";

/**
 * Files of the base that are not Node.js: what Node.js links to, certificates of public authorities, users, and what
 * scanners for vulnerable packages read. Taken from the packages alone; none of their scripts runs.
 *
 * @param archives files of Debian packages, `.deb`
 * @throws {ImageError} `invalid-archive`, `base-missing` where dpkg-deb is not installed
 */
export async function debianEntries(
  archives: readonly { readonly package: string; readonly file: string }[],
): Promise<readonly TarEntry[]> {
  const entries = new Map<string, TarEntry>();
  const certificates: TarEntry[] = [];
  for (const { package: name, file } of archives) {
    for (const entry of readTar(await dpkgDeb("--fsys-tarfile", file))) {
      if (entry.kind === "file" && certificate.test(entry.path)) certificates.push(entry);
      if (entry.kind !== "directory" && kept.test(entry.path)) add(entries, entry);
    }
    add(entries, { kind: "file", path: `var/lib/dpkg/status.d/${name}`, content: await dpkgDeb("--field", file) });
  }
  const made: readonly TarEntry[] = [
    textFile("etc/passwd", people),
    textFile("etc/group", groups),
    textFile("etc/nsswitch.conf", "hosts: files dns\n"),
    { kind: "file", path: "etc/ssl/certs/ca-certificates.crt", content: concatenated(certificates) },
    ...["home/nonroot", ...mountPoints].map((path): TarEntry => ({ kind: "directory", path })),
    { kind: "directory", path: "tmp", worldWritable: true },
  ];
  for (const entry of made) add(entries, entry);
  return withParents(entries);
}

/** Node.js and its licence, from the npm package that carries the official binary. @throws {ImageError} `invalid-archive` */
export async function nodeEntries(archive: Uint8Array): Promise<readonly TarEntry[]> {
  const places: Readonly<Record<string, string>> = {
    "package/bin/node": nodePath.slice(1),
    "package/LICENSE": "usr/local/share/doc/node/LICENSE",
  };
  const entries = new Map<string, TarEntry>();
  for (const entry of readTar(await unzip(archive, { maxOutputLength: longestArchive }))) {
    const path = places[entry.path];
    if (path !== undefined && entry.kind === "file") add(entries, { ...entry, path });
  }
  if (entries.size !== Object.keys(places).length) {
    throw new ImageError("invalid-archive", "The package with Node.js has no bin/node or no LICENSE.");
  }
  return withParents(entries);
}

/** What is there twice would depend on the order. */
function add(entries: Map<string, TarEntry>, entry: TarEntry): void {
  if (entries.has(entry.path)) {
    throw new ImageError("invalid-archive", `Two packages have ${entry.path}.`);
  }
  entries.set(entry.path, entry);
}

function withParents(entries: Map<string, TarEntry>): readonly TarEntry[] {
  for (const path of [...entries.keys()]) {
    const segments = path.split("/");
    for (let depth = 1; depth < segments.length; depth++) {
      const above = segments.slice(0, depth).join("/");
      if (!entries.has(above)) entries.set(above, { kind: "directory", path: above });
    }
  }
  return [...entries.values()];
}

const textFile = (path: string, text: string): TarEntry => ({ kind: "file", path, content: Buffer.from(text) });

/** In the order of their paths, as update-ca-certificates does. */
function concatenated(certificates: readonly TarEntry[]): Uint8Array {
  const sorted = [...certificates].sort((one, other) => (one.path < other.path ? -1 : 1));
  return Buffer.concat(sorted.flatMap((entry) => (entry.kind === "file" ? [entry.content] : [])));
}

async function dpkgDeb(action: "--fsys-tarfile" | "--field", file: string): Promise<Buffer> {
  try {
    const { stdout } = await run("dpkg-deb", [action, file], { encoding: "buffer", maxBuffer: longestArchive });
    return stdout;
  } catch (error) {
    if (isMissingFile(error))
      throw new ImageError("base-missing", "The images' base needs dpkg-deb: install the package dpkg.");
    throw new ImageError("invalid-archive", `dpkg-deb cannot read ${file}.`, { cause: error });
  }
}
