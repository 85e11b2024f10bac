import { mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigurationError } from "./configuration";
import { createLogger } from "./logging";
import { readPemFile } from "./pem-file";
import { Reloadable } from "./reloadable";

let folder: string;
let path: string;
let lines: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "reloadable-"));
  path = join(folder, "number.pem");
  lines = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function parseNumber(content: Buffer): number {
  const number = Number(content.toString());
  if (Number.isNaN(number)) throw new TypeError("secret content");
  return number;
}

function reloadable(onReload?: (value: number, previous: number) => void) {
  return new Reloadable({
    what: "the number",
    files: [path],
    load: () => readPemFile("number", "number", path, parseNumber),
    logger: createLogger("test", { write: (line) => lines.push(line) }),
    ...(onReload && { onReload }),
  });
}

describe("Reloadable", () => {
  it("gives the new value once the content has changed, and says so", () => {
    writeFileSync(path, "1");
    const changes: [number, number][] = [];
    const number = reloadable((value, previous) => changes.push([value, previous]));
    expect(number.check()).toBe(false);
    writeFileSync(path, "2");
    expect(number.check()).toBe(true);
    expect(number.check()).toBe(false);
    expect(number.current).toBe(2);
    expect(changes).toEqual([[2, 1]]);
    expect(lines.join()).toContain("the number: reloaded");
  });

  it("keeps the old value when the new content is bad, says so once, and takes the next good one", () => {
    writeFileSync(path, "1");
    const number = reloadable();
    writeFileSync(path, "broken");
    expect([number.check(), number.check()]).toEqual([false, false]);
    expect(number.current).toBe(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("the new content is refused, the old one stays");
    expect(lines[0]).toContain("number: expected a PEM number");
    expect(lines[0]).not.toContain("secret content");
    writeFileSync(path, "3");
    expect(number.check()).toBe(true);
    expect(number.current).toBe(3);
  });

  it("takes a new content once its time has come, having said once that it had not", () => {
    writeFileSync(path, "1");
    let isTime = false;
    const number = reloadable(() => {
      if (!isTime) throw new ConfigurationError(["not yet"], { mayPass: true });
    });
    writeFileSync(path, "2");
    expect([number.check(), number.check()]).toEqual([false, false]);
    expect(lines).toHaveLength(1);
    isTime = true;
    expect(number.check()).toBe(true);
    expect([number.current, number.check()]).toEqual([2, false]);
  });

  it("keeps the old value while the file is away", () => {
    writeFileSync(path, "1");
    const number = reloadable();
    unlinkSync(path);
    expect(number.check()).toBe(false);
    expect(number.current).toBe(1);
    writeFileSync(path, "1");
    expect(number.check()).toBe(true);
  });

  it("keeps the old value when whoever uses it refuses the new one", () => {
    writeFileSync(path, "1");
    const number = reloadable(() => {
      throw new ConfigurationError(["cannot be used"]);
    });
    writeFileSync(path, "2");
    expect(number.check()).toBe(false);
    expect(number.current).toBe(1);
  });

  it("sees a file that is swapped by a link to an older one, as mounted secrets are", () => {
    const [older, newer] = [join(folder, "older"), join(folder, "newer")];
    writeFileSync(older, "1");
    writeFileSync(newer, "2");
    symlinkSync(newer, path);
    const number = reloadable();
    symlinkSync(older, `${path}.tmp`);
    renameSync(`${path}.tmp`, path);
    expect(number.check()).toBe(true);
    expect(number.current).toBe(1);
  });

  it("does not begin with a bad file", () => {
    writeFileSync(path, "broken");
    expect(() => reloadable()).toThrow(ConfigurationError);
  });
});
