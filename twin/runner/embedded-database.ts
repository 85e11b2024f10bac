import { z } from "zod";

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

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The handler says what is wrong with it.
    return undefined;
  }
}
