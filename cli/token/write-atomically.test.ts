import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TemporaryFolder, temporaryFolder } from "../../handlers/token-broker/testing/certificates";
import { UserError } from "../user-error";
import { writeAtomically } from "./write-atomically";

let folder: TemporaryFolder;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

describe("writeAtomically", () => {
  it("writes for the owner alone, also over a file that others could read", async () => {
    const path = join(folder.path, "token");
    writeFileSync(path, "old", { mode: 0o644 });
    await writeAtomically(path, "new");
    expect(readFileSync(path, "utf8")).toBe("new");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder.path)).toEqual(["token"]);
  });

  it("replaces a link and leaves alone what it points to", async () => {
    const target = folder.write("target", "precious");
    const path = join(folder.path, "token");
    symlinkSync(target, path);
    await writeAtomically(path, "new");
    expect(readFileSync(target, "utf8")).toBe("precious");
    expect(readFileSync(path, "utf8")).toBe("new");
  });

  it("removes what a process that was killed has left, and nothing that another is writing", async () => {
    const old = folder.write(".token.0123456789ab", "a token");
    folder.write(".token.ba9876543210", "being written");
    folder.write(".token.backup", "somebody's own");
    const hourAgo = new Date(Date.now() - 3_600_000);
    for (const path of [old, join(folder.path, ".token.backup")]) utimesSync(path, hourAgo, hourAgo);
    await writeAtomically(join(folder.path, "token"), "new");
    expect(readdirSync(folder.path).sort()).toEqual([".token.ba9876543210", ".token.backup", "token"]);
  });

  it("replaces no device and no pipe", async () => {
    const device = join(folder.path, "device");
    symlinkSync("/dev/null", device);
    await expect(writeAtomically(device, "new")).rejects.toThrow(`cannot write ${device} (it is no file)`);
    expect(readdirSync(folder.path)).toEqual(["device"]);
  });

  it("shows readers the old content or the new, whole", async () => {
    const path = join(folder.path, "token");
    const contents = ["a", "b"].map((letter) => letter.repeat(200_000));
    await writeAtomically(path, contents[0] ?? "");
    let writing = true;
    const writes = (async () => {
      for (let round = 0; round < 30; round++) await writeAtomically(path, contents[round % 2] ?? "");
      writing = false;
    })();
    let reads = 0;
    while (writing) {
      expect(contents).toContain(readFileSync(path, "utf8"));
      reads++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await writes;
    expect(reads).toBeGreaterThan(10);
  });

  it("leaves nothing behind, and the old file as it was, when it cannot write", async () => {
    const path = join(folder.path, "token");
    mkdirSync(path);
    await expect(writeAtomically(path, "new")).rejects.toThrow(UserError);
    expect(readdirSync(folder.path)).toEqual(["token"]);
    await expect(writeAtomically(join(folder.path, "absent", "token"), "new")).rejects.toThrow("ENOENT");
  });
});
