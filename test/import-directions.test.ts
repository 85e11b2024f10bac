import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";

const root = dirname(__dirname);

/** What each folder may import beside itself. Packages of CDKTF stay with those that declare infrastructure. */
const allowed: Readonly<Record<string, { readonly folders: readonly string[]; readonly cdktf: boolean }>> = {
  facts: { folders: [], cdktf: false },
  images: { folders: ["facts"], cdktf: false },
  constructs: { folders: ["facts"], cdktf: true },
  environments: { folders: ["constructs", "images", "facts"], cdktf: true },
  "main.ts": { folders: ["environments", "constructs", "images", "facts"], cdktf: true },
  handlers: { folders: ["facts"], cdktf: false },
  analysis: { folders: ["facts"], cdktf: false },
  review: { folders: ["analysis", "facts"], cdktf: false },
  twin: { folders: ["analysis", "handlers", "images", "facts"], cdktf: false },
};

const sourceFile = /\.(ts|cts|mts|cjs|mjs|js)$/;
const imported =
  /(?:\bimport\s+(?:type\s+)?(?:[^"';]*?\sfrom\s+)?|\bexport\s+(?:type\s+)?[^"';]*?\sfrom\s+|\b(?:import|require|resolve)\s*\(\s*)["']([^"'\n]+)["']/g;

function filesOf(folder: string): readonly string[] {
  if (sourceFile.test(folder)) return [folder];
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && sourceFile.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

/** Folders at the root, and packages, that a file imports. */
function importsOf(file: string): readonly string[] {
  return importsIn(readFileSync(join(root, file), "utf8")).map((specifier) => {
    if (!specifier.startsWith(".")) return specifier;
    const [folder = ""] = relative(root, join(root, dirname(file), specifier)).split(sep);
    return `./${folder}`;
  });
}

const importsIn = (text: string) => [...text.matchAll(imported)].map(([, specifier]) => specifier ?? "");

describe("imports point one way", () => {
  it.each(Object.entries(allowed))("from %s", (folder, { folders, cdktf }) => {
    const files = filesOf(folder);
    expect(files).not.toHaveLength(0);
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .filter((target) =>
          target.startsWith("./")
            ? ![folder, ...folders].includes(target.slice(2))
            : !cdktf && /^(cdktf|cdktn|constructs|@cdktf\/)/.test(target),
        )
        .map((target) => `${file} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it("never reach for all resources of a provider at once", () => {
    const folders = [...Object.keys(allowed), "cli", "bench", "test"];
    const wrong = folders
      .flatMap(filesOf)
      .filter((file) =>
        importsOf(file).some((target) => /^@cdktf\/provider-[a-z]+(\/lib)?\/?(index|lazy-index)?$/.test(target)),
      );
    expect(wrong).toEqual([]);
  });

  it("are found in every form that TypeScript has", () => {
    const text = `
      import a from "a";
      import type { B } from 'b';
      import "c";
      import {
        D,
        E,
      } from "d";
      export { f } from "e";
      export * from "f";
      export type { G } from "g";
      const h = await import("h");
      const i = require("i");
      type J = import("j").J;
    `;
    expect(importsIn(text)).toEqual(["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]);
  });
});
