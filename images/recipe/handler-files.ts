import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, sep } from "node:path";
import type { HandlerSource } from "../handlers";
import { mainFile } from "../oci/oci-image";
import type { TarEntry } from "../tar/tar-entry";
import { bundleProgram } from "./bundle";

/** What lies above the base in a handler's image. */
export interface HandlerFiles {
  readonly entries: readonly TarEntry[];
  /** The project's own files that went into it, relative to the root; packages change with an installation only. */
  readonly inputs: readonly string[];
}

const directory = dirname(mainFile);

/** The bundle and, beside it, what its packages read at run time. @throws {ImageError} `not-bundled` */
export function handlerFiles(root: string, { entryPoint, dataFiles }: HandlerSource): HandlerFiles {
  const { code, inputs } = bundleProgram(root, entryPoint);
  const data = dataFiles.map(
    (file): TarEntry => ({
      kind: "file",
      path: `${directory}/${basename(file.path)}`,
      content: readFileSync(join(packageDirectory(root, file.package), file.path)),
    }),
  );
  return {
    entries: [{ kind: "directory", path: directory }, { kind: "file", path: mainFile, content: code }, ...data],
    inputs: inputs.filter((input) => !input.split("/").includes("node_modules")),
  };
}

/** Where a package is installed; its own package.json may be closed to `resolve`. */
function packageDirectory(root: string, name: string): string {
  const resolved = createRequire(join(root, "package.json")).resolve(name);
  const inside = `${sep}${join("node_modules", name)}${sep}`;
  const at = resolved.lastIndexOf(inside);
  if (at === -1) throw new Error(`the package ${name} is not installed in node_modules`);
  return resolved.slice(0, at + inside.length);
}
