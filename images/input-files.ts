import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Digest, digestOf } from "./digest";
import { isMissingFile } from "./missing-file";

/** Files by name, each with its digest; null for one that is not there. */
export type FileDigests = Readonly<Record<string, Digest | null>>;

/** Digests of the project's files as they are now, each looked at once. */
export class InputFiles {
  readonly #digests = new Map<string, Digest | null>();

  constructor(readonly root: string) {}

  digests(files: readonly string[]): FileDigests {
    return Object.fromEntries(files.map((file) => [file, this.#digest(file)]));
  }

  /** Whether they still are what they were. */
  are(before: FileDigests): boolean {
    return Object.entries(before).every(([file, digest]) => this.#digest(file) === digest);
  }

  #digest(file: string): Digest | null {
    const known = this.#digests.get(file);
    if (known !== undefined) return known;
    const content = contentOf(join(this.root, file));
    const digest = content === undefined ? null : digestOf(content);
    this.#digests.set(file, digest);
    return digest;
  }
}

/** What a JSON file holds; undefined where there is none, or it is damaged. */
export function readJson(file: string): unknown {
  try {
    return JSON.parse(contentOf(file)?.toString("utf8") ?? "");
  } catch {
    return undefined;
  }
}

/** Whole or not at all: another process may be reading. */
export function replaceFile(file: string, content: string): void {
  const temporary = `${file}.${process.pid}`;
  writeFileSync(temporary, content);
  renameSync(temporary, file);
}

function contentOf(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if (isMissingFile(error)) return undefined;
    throw error;
  }
}
