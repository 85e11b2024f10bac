import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEmbeddedDatabase } from "./embedded-database";

const tables = "select count(*)::int as count from pg_tables where tablename = 'written'";

describe("a template of the embedded database", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "keyless-template-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it("is left by the first start, for its owner alone, and holds nothing of what was written since", async () => {
    const template = join(folder, "made", "1.tar");
    const first = await createEmbeddedDatabase(template);
    await first.exec("create table written (x int)");
    await first.close();
    expect((await stat(template)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, "made"))).toEqual(["1.tar"]);

    const left = await readFile(template);
    const second = await createEmbeddedDatabase(template);
    expect((await second.query(tables)).rows).toEqual([{ count: 0 }]);
    await second.exec("create table written (x int)");
    await second.close();
    expect((await readFile(template)).equals(left)).toBe(true);
  }, 120_000);

  it("that was cut short or is something else is laid out anew", async () => {
    const template = join(folder, "cut.tar");
    await writeFile(template, "not a cluster");
    const database = await createEmbeddedDatabase(template);
    expect((await database.query(tables)).rows).toEqual([{ count: 0 }]);
    await database.close();
    expect((await stat(template)).size).toBeGreaterThan(1_000_000);
  }, 120_000);

  it("that cannot be kept costs no more than time", async () => {
    await writeFile(join(folder, "file"), "");
    const database = await createEmbeddedDatabase(join(folder, "file", "below.tar"));
    expect((await database.query(tables)).rows).toEqual([{ count: 0 }]);
    await database.close();
  }, 120_000);
});
