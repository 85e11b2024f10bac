import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadEnvironments } from "../environments";
import { TwinHome } from "./twin-home";
import { openTwinTarget } from "./twin-target";

let folder: string;
let home: TwinHome;
const quiet = { task: <R>(_: string, work: () => Promise<R>) => work(), line: () => undefined, detail: undefined };
const ownerFile = () => join(home.directory, "owner.json");

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keyless-home-"));
  home = new TwinHome(join(folder, "twin"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** The id of a process that lived and is gone. */
function idOfThePast(): Promise<number> {
  const child = spawn(process.execPath, ["-e", ""]);
  return new Promise((done) => child.on("close", () => done(child.pid ?? 0)));
}

describe("the home of the twin", () => {
  it("has one owner at a time, and is private", async () => {
    expect(await home.claim()).toBeUndefined();
    expect(await new TwinHome(home.directory).claim()).toEqual({ pid: process.pid, environments: null });
    expect((statSync(home.directory).mode & 0o777).toString(8)).toBe("700");
    expect((statSync(ownerFile()).mode & 0o777).toString(8)).toBe("600");
    await home.release();
    expect(await home.owner()).toBeUndefined();
    expect(await home.claim()).toBeUndefined();
  });

  it("is taken over from a process that was killed", async () => {
    await home.claim();
    writeFileSync(ownerFile(), JSON.stringify({ pid: await idOfThePast(), environments: null }));
    expect(await home.claim()).toBeUndefined();
    expect(JSON.parse(readFileSync(ownerFile(), "utf8"))).toMatchObject({ pid: process.pid });
  });

  it("is not taken over from what is no note of an owner", async () => {
    await home.claim();
    writeFileSync(ownerFile(), "{}");
    await expect(home.claim()).rejects.toThrow(/owner\.json is not readable; remove it if no twin runs/);
  });

  it("writes files whole, for the owner alone, and leaves nothing else behind", async () => {
    await home.claim();
    await home.write("a.json", "one");
    await home.write("a.json", "two");
    expect(await home.read("a.json")).toBe("two");
    expect(await home.read("b.json")).toBeUndefined();
    expect((statSync(join(home.directory, "a.json")).mode & 0o777).toString(8)).toBe("600");
    expect(readdirSync(home.directory).sort()).toEqual(["a.json", "owner.json", "state"]);
  });
});

describe("a twin that another process serves", () => {
  it("is used with the environment that it has published", async () => {
    await home.claim();
    await home.publish({ dev: { TF_REATTACH_PROVIDERS: "{}" } });
    const target = await openTwinTarget(home, loadEnvironments(), quiet);
    expect(await target.environmentOf("dev")).toEqual({ TF_REATTACH_PROVIDERS: "{}" });
    await expect(target.environmentOf("staging")).rejects.toThrow(/does not serve staging/);
    expect(target.twin).toBeUndefined();
    await target.close();
    // It is not ours to end.
    expect((await home.owner())?.pid).toBe(process.pid);
  });

  it("is not used while another command has it to itself", async () => {
    await home.claim();
    await expect(openTwinTarget(home, loadEnvironments(), quiet)).rejects.toThrow(
      `another command (process ${process.pid}) is using the twin. Try again when it has ended.`,
    );
  });
});
