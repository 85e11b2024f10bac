import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { PGlite } from "@electric-sql/pglite";

/**
 * An empty database inside the process. Laying out a cluster (initdb) takes seconds of a processor, and gives the same each time: where a
 * template is named, the first start leaves there what it laid out, and later ones begin from it.
 *
 * @param template File of an empty cluster, as PGlite packs one. Whoever names it answers for who may write there, and for a name
 *   of its own for each version of PGlite. Nothing is read from it or left there unless it is named.
 */
export async function createEmbeddedDatabase(template?: string): Promise<PGlite> {
  // Loaded on demand because it takes tens of megabytes that apps without rows do not need.
  const { PGlite } = await import("@electric-sql/pglite");
  if (template === undefined) return PGlite.create();
  const known = await readFile(template).catch(() => undefined);
  if (known !== undefined) {
    try {
      return await PGlite.create({ loadDataDir: new Blob([known]) });
    } catch {
      // It was cut short or is something else: laid out anew, below, and replaced.
    }
  }
  const database = await PGlite.create();
  // Only time is lost where it cannot be kept.
  await keep(template, await database.dumpDataDir("none")).catch(() => undefined);
  return database;
}

/** Several processes may start at once: each writes a file of its own, and the last to finish stays, whole. */
async function keep(template: string, cluster: Blob): Promise<void> {
  await mkdir(dirname(template), { recursive: true, mode: 0o700 });
  const written = `${template}.${randomBytes(6).toString("hex")}`;
  try {
    await writeFile(written, Buffer.from(await cluster.arrayBuffer()), { mode: 0o600, flag: "wx" });
    await rename(written, template);
  } catch (error) {
    await rm(written, { force: true });
    throw error;
  }
}
