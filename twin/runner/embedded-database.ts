import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { projectDirectory } from "./project-directory";

const configuration = z.looseObject({ database: z.looseObject({ kind: z.literal("postgresql") }) });

/**
 * A service's environment as the twin starts it: the twin has no Cloud SQL, so an app that is deployed with one keeps its rows in
 * PostgreSQL inside its process. It is the twin that says so, in the configuration: the handler itself has no switch for it.
 */
export function withEmbeddedDatabase(environment: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const parsed = configuration.safeParse(parse(environment["KEYLESS_CONFIG"] ?? ""));
  if (!parsed.success) return environment;
  return { ...environment, KEYLESS_CONFIG: JSON.stringify({ ...parsed.data, database: { kind: "embedded" } }) };
}

const packageJson = z.object({ version: z.string().regex(/^[0-9A-Za-z.+-]+$/) });

/**
 * Where the apps leave the empty database that they have laid out once, and begin from it at the next start: of several apps, and at the
 * next start of the twin, only the first takes the seconds for it.
 */
export function embeddedTemplateFile(): string {
  const project = projectDirectory();
  const text = readFileSync(join(project, "node_modules", "@electric-sql", "pglite", "package.json"), "utf8");
  return join(project, ".keyless", "embedded-database", `${packageJson.parse(JSON.parse(text)).version}.tar`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The handler says what is wrong with it.
    return undefined;
  }
}
