import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { digestSchema, hexOf } from "./digest";
import { type InputFiles, readJson, replaceFile } from "./input-files";
import type { Layer } from "./oci/oci-image";
import type { TarEntry } from "./tar/tar-entry";

/** Layers kept beside the newest: something may still run from them. */
const olderVersions = 3;

const recordSchema = z.strictObject({
  inputs: z.record(z.string(), digestSchema.nullable()),
  layer: z.strictObject({ mediaType: z.string(), digest: digestSchema, size: z.int(), diffId: digestSchema }),
});

/** A layer and what it was made from. */
export interface KeptLayer {
  readonly layer: Layer;
  /** Files that went into it, relative to the root. */
  readonly inputs: readonly string[];
}

/** A layer with its contents. */
export interface MadeLayer extends KeptLayer {
  readonly entries: readonly TarEntry[];
}

/** The newest layer of something, by the content of what went into it, with its files laid out in a folder. */
export class LayerCache {
  /** @param folder of this cache alone */
  constructor(private readonly folder: string) {}

  /** Folder with the files of a layer. */
  directoryOf({ digest }: Layer): string {
    return join(this.folder, hexOf(digest));
  }

  /** The layer that was made last, unless something that went into it has changed. */
  get(files: InputFiles): KeptLayer | undefined {
    const record = recordSchema.safeParse(readJson(this.#record));
    if (!record.success) return undefined;
    const { inputs, layer } = record.data;
    const unchanged = files.are(inputs) && existsSync(this.directoryOf(layer));
    return unchanged ? { layer, inputs: Object.keys(inputs) } : undefined;
  }

  put({ layer, entries, inputs }: MadeLayer, files: InputFiles): void {
    mkdirSync(this.folder, { recursive: true });
    const directory = this.directoryOf(layer);
    if (!existsSync(directory)) layOut(directory, entries);
    replaceFile(this.#record, JSON.stringify({ inputs: files.digests(inputs), layer }));
    this.#forgetBut(directory);
  }

  get #record(): string {
    return join(this.folder, "inputs.json");
  }

  #forgetBut(newest: string): void {
    const older = readdirSync(this.folder)
      .filter((name) => /^[0-9a-f]{64}$/.test(name))
      .map((name) => join(this.folder, name))
      .filter((directory) => directory !== newest)
      .map((directory) => ({ directory, made: statSync(directory, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
      .sort((one, other) => other.made - one.made);
    for (const { directory } of older.slice(olderVersions)) rmSync(directory, { recursive: true, force: true });
  }
}

/** Whole or not at all: another process may be making the same. */
function layOut(directory: string, entries: readonly TarEntry[]): void {
  const temporary = `${directory}.${process.pid}`;
  for (const entry of entries) {
    const file = join(temporary, entry.path);
    mkdirSync(entry.kind === "directory" ? file : dirname(file), { recursive: true });
    if (entry.kind === "file") writeFileSync(file, entry.content);
  }
  try {
    renameSync(temporary, directory);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    if (!existsSync(directory)) throw error;
  }
}
