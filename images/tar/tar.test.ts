import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { digestOf } from "../digest";
import { readTar } from "./read-tar";
import type { TarEntry } from "./tar-entry";
import { writeTar } from "./write-tar";

const archiveOf = (entries: readonly TarEntry[]): Buffer => Buffer.concat([...writeTar(entries)]);
const directory = (path: string): TarEntry => ({ kind: "directory", path });
const file = (path: string, text = "", executable = false): TarEntry => ({
  kind: "file",
  path,
  content: Buffer.from(text),
  executable,
});

const entries: readonly TarEntry[] = [
  directory("app"),
  file("app/main.cjs", "console.log(1)\n"),
  file("app/run", "#!/bin/sh\n", true),
  { kind: "symlink", path: "app/link", target: "/app/main.cjs" },
  { kind: "directory", path: "tmp", worldWritable: true },
];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "keyless-tar-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What the system's tar says of an archive. */
function listing(archive: Buffer): readonly string[] {
  writeFileSync(join(folder, "a.tar"), archive);
  const text = execFileSync("tar", ["--numeric-owner", "--utc", "--full-time", "-tvf", join(folder, "a.tar")]);
  return text.toString().trim().split("\n");
}

describe("a tar archive", () => {
  it("is the same bytes for the same entries, in whatever order they come", () => {
    const expected = digestOf(archiveOf(entries));
    expect(digestOf(archiveOf([...entries].reverse()))).toBe(expected);
    // Changes only with the format: every image's digest would change with it.
    expect(expected).toBe("sha256:79a22477b56c13a7fdcad1f523c675e7bb1fac444b5a31cab61841ea48aa3e1e");
  });

  it("belongs to root, is readable by all and from the epoch, as the system's tar reads it", () => {
    expect(listing(archiveOf(entries)).map((line) => line.replace(/ +/g, " "))).toEqual([
      "drwxr-xr-x 0/0 0 1970-01-01 00:00:00 app/",
      "lrwxrwxrwx 0/0 0 1970-01-01 00:00:00 app/link -> /app/main.cjs",
      "-rw-r--r-- 0/0 15 1970-01-01 00:00:00 app/main.cjs",
      "-rwxr-xr-x 0/0 10 1970-01-01 00:00:00 app/run",
      "drwxrwxrwt 0/0 0 1970-01-01 00:00:00 tmp/",
    ]);
  });

  it("has room for long paths with a slash in the right place, and says so of others", () => {
    const parts = ["a".repeat(50), "b".repeat(50), "c".repeat(90)];
    const path = parts.join("/");
    const nested = [directory(parts.slice(0, 1).join("/")), directory(parts.slice(0, 2).join("/")), file(path, "x")];
    expect(listing(archiveOf(nested)).at(-1)).toContain(path);
    expect([...readTar(archiveOf(nested))].at(-1)).toEqual(file(path, "x"));
    expect(() => archiveOf([file("f".repeat(101))])).toThrow(/is too long/);
  });

  it.each<[problem: string, entries: readonly TarEntry[]]>([
    ["leads outside", [directory("a"), file("a/../../etc/passwd")]],
    ["is absolute", [file("/etc/passwd")]],
    ["is empty", [file("")]],
    ["has an empty part", [directory("a"), file("a//b")]],
    ["is not in its plain form", [file("./a")]],
    ["ends with a slash", [directory("a/")]],
    ["has a NUL", [file("a\0b")]],
    ["is not ASCII", [file("Főtanúsítvány.crt")]],
    ["occurs twice", [file("a"), file("a")]],
    ["is both file and directory", [file("a"), directory("a")]],
    ["lies below a link", [{ kind: "symlink", path: "a", target: "/etc" }, file("a/passwd")]],
    ["lies below a file", [file("a"), file("a/b")]],
    ["lies in a directory that is not there", [file("a/b")]],
  ])("is not made with a path that %s", (_, wrong) => {
    expect(() => archiveOf(wrong)).toThrow(expect.objectContaining({ code: "invalid-archive" }));
  });

  it("gives back what was put in", () => {
    const name = fc.stringMatching(/^[a-zA-Z0-9_+=-][a-zA-Z0-9._+=-]{0,30}$/);
    const one = fc.record({ name, content: fc.uint8Array({ maxLength: 2_000 }), executable: fc.boolean() });
    fc.assert(
      fc.property(fc.uniqueArray(one, { selector: (entry) => entry.name, maxLength: 20 }), (files) => {
        const put = files.map(
          ({ name: path, content, executable }): TarEntry => ({
            kind: "file",
            path,
            content: Buffer.from(content),
            executable,
          }),
        );
        const sorted = [...put].sort((a, b) => (a.path < b.path ? -1 : 1));
        expect([...readTar(archiveOf(put))]).toEqual(sorted);
      }),
    );
  });
});

describe("an archive from elsewhere", () => {
  it("may have GNU's long names and links, and directories as packages write them", () => {
    const source = join(folder, "source");
    const long = "n".repeat(180);
    mkdirSync(join(source, "d"), { recursive: true });
    writeFileSync(join(source, "d", long), "content");
    symlinkSync(`/${"t".repeat(150)}`, join(source, "d", "link"));
    const gnu = execFileSync("tar", ["--format=gnu", "--sort=name", "-C", source, "-cf", "-", "."]);
    expect([...readTar(gnu)]).toEqual([
      directory("d"),
      { kind: "symlink", path: "d/link", target: `/${"t".repeat(150)}` },
      file(`d/${long}`, "content"),
    ]);
  });

  /** A header of ours with something else in it, and its checksum set right. */
  function altered(change: (head: Buffer) => void): Buffer {
    const archive = archiveOf([file("a", "content")]);
    change(archive);
    archive.fill(" ", 148, 156);
    const sum = archive.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    archive.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
    return archive;
  }

  it.each<[problem: string, archive: () => Buffer]>([
    ["a path that leads outside", () => altered((head) => head.write("../../etc/passwd\0", 0))],
    ["an absolute path", () => altered((head) => head.write("/etc/passwd\0", 0))],
    ["a path that leads outside by its prefix", () => altered((head) => head.write("..\0", 345))],
    ["a path with a line end", () => altered((head) => head.write("a\nb\0", 0))],
    ["an entry without a name", () => altered((head) => head.write("\0", 0))],
    ["a hard link", () => altered((head) => head.write("1", 156))],
    ["a device", () => altered((head) => head.write("3", 156))],
    ["a link to nothing", () => altered((head) => head.write("2", 156))],
    ["a size that is no number", () => altered((head) => head.write("1e9", 124))],
    ["a size beyond its end", () => altered((head) => head.write("77777777777", 124))],
    ["a size in base 256", () => altered((head) => head.fill(0xff, 124, 136))],
    ["an endless name", () => altered((head) => head.write("L", 156) && head.write("00000100000", 124))],
    ["a wrong checksum", () => Buffer.from(archiveOf(entries)).fill("9", 148, 150)],
    ["no end", () => archiveOf(entries).subarray(0, 1_024)],
    ["nothing", () => Buffer.alloc(0)],
    ["no archive", () => Buffer.alloc(10_240, "x")],
  ])("is refused with %s", (_, archive) => {
    expect(() => [...readTar(archive())]).toThrow(expect.objectContaining({ code: "invalid-archive" }));
  });
});
