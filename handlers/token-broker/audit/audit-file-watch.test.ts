import { appendFileSync, existsSync, renameSync, rmSync } from "node:fs";
import { createLogger } from "../../runtime";
import { type TemporaryFolder, temporaryFolder } from "../testing/certificates";
import { AuditFileWatch } from "./audit-file-watch";

let folder: TemporaryFolder;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

function setUp() {
  const path = folder.write("audit.jsonl", "");
  const logged: string[] = [];
  let opened = 0;
  const watch = new AuditFileWatch(path, createLogger("test", { write: (line) => logged.push(line) }), () => {
    opened += 1;
    appendFileSync(path, "");
  });
  return { path, watch, opened: () => opened, logged };
}

describe("AuditFileWatch", () => {
  it("has the file opened anew once when it was deleted, or moved with another in its place", () => {
    const { path, watch, opened, logged } = setUp();
    appendFileSync(path, "line\n");
    watch.check();
    expect(opened()).toBe(0);
    rmSync(path);
    watch.check();
    watch.check();
    expect([opened(), existsSync(path)]).toEqual([1, true]);
    renameSync(path, `${path}.1`);
    appendFileSync(path, "somebody else's\n");
    watch.check();
    watch.check();
    expect([opened(), logged.length]).toEqual([2, 2]);
    expect(logged[0]).toContain("audit_file_gone");
  });

  it("tries again as long as the file cannot be opened", () => {
    const { path, opened } = setUp();
    let tries = 0;
    const logger = createLogger("test", { write: () => undefined });
    const watch = new AuditFileWatch(path, logger, () => {
      tries += 1;
    });
    renameSync(path, `${path}.1`);
    watch.check();
    watch.check();
    renameSync(`${path}.1`, path);
    watch.check();
    expect([tries, opened()]).toEqual([2, 0]);
  });

  it("does not take a file for another that the broker itself has opened anew", () => {
    const { path, watch, opened } = setUp();
    renameSync(path, `${path}.1`);
    appendFileSync(path, "");
    watch.opened();
    watch.check();
    expect(opened()).toBe(0);
  });
});
