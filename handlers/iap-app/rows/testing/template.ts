import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const packageJson = z.object({ version: z.string() });

/** Tests begin from a cluster that one of them has laid out. They run in the project's own folder. */
export function testTemplate(): string {
  const text = readFileSync(join(process.cwd(), "node_modules", "@electric-sql", "pglite", "package.json"), "utf8");
  const { version } = packageJson.parse(JSON.parse(text));
  return join(process.cwd(), ".keyless", "embedded-database", `${version}.tar`);
}
