import { createRequire } from "node:module";
import { join } from "node:path";
import { z } from "zod";
import { ImageError } from "../image-error";

/** A program in one file, and what it was made from. */
export interface Bundle {
  readonly code: Uint8Array;
  /** The project's own files and those of packages, relative to the root. */
  readonly inputs: readonly string[];
}

/**
 * Bundles a program of the project into one CommonJS file, which Node.js loads faster than ES modules or many files.
 * The same source gives the same bytes on any machine: no path of the machine, no time, plain ASCII.
 *
 * @param entryPoint relative to `root`, or absolute
 * @throws {ImageError} `not-bundled`, with the first of the bundler's errors
 */
export function bundleProgram(root: string, entryPoint: string): Bundle {
  // Loaded only here: where nothing has changed, nothing is bundled.
  const { buildSync }: typeof import("esbuild") = createRequire(join(root, "package.json"))("esbuild");
  try {
    const result = buildSync({
      absWorkingDir: root,
      entryPoints: [entryPoint],
      write: false,
      bundle: true,
      platform: "node",
      format: "cjs",
      target: "node20",
      charset: "ascii",
      minifyWhitespace: true,
      minifySyntax: true,
      legalComments: "eof",
      // Packages find files beside their own code, which in a bundle is the bundle.
      define: { "import.meta.url": "importMetaUrl" },
      banner: { js: 'const importMetaUrl=require("node:url").pathToFileURL(__filename).href;' },
      tsconfigRaw: "{}",
      // Modules are named by their path in the project, wherever the packages really lie.
      preserveSymlinks: true,
      logLevel: "silent",
      metafile: true,
    });
    const [output] = result.outputFiles;
    if (output === undefined) throw new Error("there is no output");
    return { code: output.contents, inputs: Object.keys(result.metafile.inputs) };
  } catch (error) {
    throw new ImageError("not-bundled", `${entryPoint} could not be bundled: ${firstError(error)}`, { cause: error });
  }
}

const buildFailure = z.object({ message: z.string() });

/** The bundler's message begins with a count; the errors follow, one a line. */
function firstError(error: unknown): string {
  const [first = "", second] = (buildFailure.safeParse(error).data?.message ?? String(error)).split("\n");
  return second ?? first;
}
