import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { projectDirectory } from "../../runner/project-directory";
import type { ProviderSchemas } from "./block-schema";
import { fromKeptFile, keptDirectory } from "./kept-file";
import { recoverProvider } from "./recover-provider";
import { readSchemas, writeSchemas } from "./schema-file";

/** Raised when what is recovered, or how it is written, changes; files of before are then not read. */
const revision = 1;

const manifest = z.object({ version: z.string().regex(/^[\w.-]+$/) });
const loaded = new Map<string, ProviderSchemas>();

export type ProviderName = "google" | "azuread";

/**
 * Schemas of a provider, recovered from the installed bindings. The first time takes a second or two; the result is kept
 * under the version of the bindings.
 * @throws {Error} where the bindings are not installed, or were generated in a form that is not known
 */
export function loadSchemas(provider: ProviderName, directory: string = keptDirectory()): ProviderSchemas {
  const bindings = join(projectDirectory(), "node_modules", "@cdktf", `provider-${provider}`);
  const { version } = manifest.parse(JSON.parse(readFileSync(join(bindings, "package.json"), "utf8")));
  const name = `${provider}-bindings-${version}-${revision}.gz`;
  const key = join(directory, name);
  const schemas =
    loaded.get(key) ??
    fromKeptFile(
      directory,
      name,
      (bytes) => readSchemas(provider, bytes),
      () => writeSchemas(recoverProvider(join(bindings, "lib"))),
    );
  loaded.set(key, schemas);
  return schemas;
}
