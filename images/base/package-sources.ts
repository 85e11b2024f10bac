import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { AssembledSource } from "../base-lock";
import { ImageError } from "../image-error";

/** Runs a client of a package registry, in a folder. */
export type RunClient = (program: string, parameters: readonly string[], folder: string) => Promise<unknown>;

const execute = promisify(execFile);
const runInstalled: RunClient = (program, parameters, cwd) => execute(program, [...parameters], { cwd });

type DebianPackage = AssembledSource["packages"][number];
type NodePackage = AssembledSource["node"];

/**
 * The packages that the base is assembled from, got through the ordinary clients of their registries: npm for Node.js,
 * apt for Debian's packages. Whoever has neither puts the files there by hand. Contents are checked against the lock.
 */
export class PackageSources {
  readonly #directory: string;

  /** @param root of the project; packages lie in its `.keyless/images/packages` */
  constructor(
    root: string,
    private readonly run: RunClient = runInstalled,
  ) {
    this.#directory = join(root, ".keyless", "images", "packages");
  }

  /** The npm package's archive, gzipped. @throws {ImageError} `base-missing`, `base-mismatch` */
  async nodeArchive({ package: name, version, integrity }: NodePackage): Promise<Buffer> {
    const file = `${name}-${version}.tgz`;
    const hint = `run "npm pack ${name}@${version}" where the npm registry is reached, and save the file as ${this.#shown(file)}`;
    const content = await this.#file(file, hint, async (directory) => {
      await this.run("npm", ["pack", "--silent", "--ignore-scripts", `${name}@${version}`], directory);
    });
    const found = `sha512-${createHash("sha512").update(content).digest("base64")}`;
    if (found !== integrity) throw mismatch(this.#shown(file), integrity, found);
    return content;
  }

  /** The package's file. @throws {ImageError} `base-missing`, `base-mismatch` */
  async debianArchive(debianPackage: DebianPackage, snapshot: string): Promise<string> {
    const { package: name, version, path, sha256 } = debianPackage;
    const file = `${name}_${version.replace(":", "%3a")}.deb`;
    const [, archive = "", inArchive = ""] = /^\/(debian(?:-security)?)\/(.*)$/.exec(path) ?? [];
    const address = `https://snapshot.debian.org/archive/${archive}/${snapshot}/${inArchive}`;
    const hint = `save ${address} as ${this.#shown(file)}`;
    const content = await this.#file(file, hint, async (directory) => {
      await this.run("apt-get", ["download", "-q", `${name}:amd64=${version}`], directory);
    });
    const found = createHash("sha256").update(content).digest("hex");
    if (found !== sha256) throw mismatch(this.#shown(file), sha256, found);
    return join(this.#directory, file);
  }

  /** A file that is at hand, or that the client gets, which leaves exactly one file in the directory it is given. */
  async #file(name: string, hint: string, get: (directory: string) => Promise<void>): Promise<Buffer> {
    const file = join(this.#directory, name);
    const atHand = await readFile(file).catch(() => undefined);
    if (atHand !== undefined) return atHand;
    await mkdir(this.#directory, { recursive: true });
    const directory = await mkdtemp(join(this.#directory, "get-"));
    try {
      await get(directory);
      const [got, ...others] = await readdir(directory);
      if (got === undefined || others.length > 0) throw new Error("the client left no single file");
      await rename(join(directory, got), file);
      return await readFile(file);
    } catch (error) {
      throw new ImageError("base-missing", `A package of the images' base is not at hand: ${hint}.`, { cause: error });
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  #shown(file: string): string {
    return `.keyless/images/packages/${file}`;
  }
}

const mismatch = (file: string, expected: string, found: string): ImageError =>
  new ImageError("base-mismatch", `${file} is not what the lock names: expected ${expected}, got ${found}. Remove it.`);
