import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { loadEnvironments } from "../cli/environments";
import { deployStepOnTwin } from "../cli/start/deploy-step-on-twin";
import { synthesize } from "../cli/start/synthesize";
import { type SavedTwin, startSavedTwin } from "../cli/twin/saved-twin";
import { TwinHome } from "../cli/twin/twin-home";
import { projectDirectory } from "../twin";

const root = projectDirectory();
const minute = 60_000;
const missing = ["bash", "openssl", "curl"].filter((program) => !isInstalled(program));
if (missing.length > 0) console.warn(`the walk-through is not followed: ${missing.join(", ")} not installed`);
const describeWithPrograms = missing.length === 0 ? describe : describe.skip;

function isInstalled(program: string): boolean {
  try {
    execFileSync(program, [program === "openssl" ? "version" : "--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** The blocks that are run, in their order. */
const blocks = [
  ...readFileSync(join(root, "docs/walk-through-on-premises.md"), "utf8").matchAll(/^```sh\n(.*?)^```/gms),
].map(([, block = ""]) => block);
const [
  files = "",
  configuration = "",
  broker = "",
  wrongChain = "",
  rightChain = "",
  renewal = "",
  outage = "",
  end = "",
] = blocks;

/** One shell for all blocks, as a reader has. */
class Shell {
  readonly #child: ChildProcess;
  #output = "";
  #wake: () => void = () => undefined;
  #count = 0;

  constructor(directory: string) {
    this.#child = spawn("bash", ["--noprofile", "--norc"], { cwd: directory, stdio: ["pipe", "pipe", "pipe"] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text;
        this.#wake();
      });
    }
    this.#child.on("close", () => this.#wake());
  }

  /** Runs a block and returns what it printed. */
  async run(block: string): Promise<string> {
    this.#count += 1;
    const mark = `--- end of block ${this.#count} ---`;
    this.#output = "";
    this.#child.stdin?.write(`${block}\necho '${mark}'\n`);
    while (!this.#output.includes(mark)) {
      if (this.#child.exitCode !== null) throw new Error(`the shell has ended:\n${this.#output}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#output.slice(0, this.#output.indexOf(mark));
  }

  end(): void {
    this.#child.stdin?.end("kill $broker 2>/dev/null\nexit\n");
  }
}

/** The lines behind `#`, each somewhere in what was printed. */
function expectAsWritten(block: string, printed: string): void {
  const promised = block.split("\n").filter((line) => line.startsWith("# "));
  expect(promised.length).toBeGreaterThan(0);
  for (const line of promised) {
    const pattern = line
      .slice(2)
      .trim()
      .split("…")
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
      .join(".*");
    expect(printed).toMatch(new RegExp(pattern));
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return address !== null && typeof address === "object" ? address.port : 0;
}

describeWithPrograms("docs/walk-through-on-premises.md, followed", () => {
  let project: string;
  let saved: SavedTwin | undefined;
  let shell: Shell;
  let offset = 0;
  let inPlace: (block: string) => string;

  /** Moves the twin's clock and the broker's. */
  const wait = async (milliseconds: number) => {
    offset += milliseconds;
    saved?.twin.clock.advance(milliseconds);
    writeFileSync(join(project, "clock-offset"), String(offset));
    await pause(200);
  };
  const follow = async (block: string) => {
    const written = inPlace(block);
    const printed = await shell.run(written);
    expectAsWritten(written, printed);
    return printed;
  };

  beforeAll(async () => {
    mkdirSync(join(root, ".keyless"), { recursive: true });
    project = mkdtempSync(join(root, ".keyless", "walk-"));
    for (const name of ["cli", "facts", "handlers", "node_modules", "twin"])
      symlinkSync(join(root, name), join(project, name));
    const home = new TwinHome(join(project, ".keyless", "twin"));
    await home.claim();
    saved = await startSavedTwin(home, loadEnvironments());
    const { twin } = saved;
    for (const configuration of (await synthesize()).filter(({ stack }) => stack === "dev")) {
      await twin.apply(configuration, (step) => deployStepOnTwin(twin, step));
    }
    while (!existsSync(join(home.directory, "resources.json"))) await pause(50);
    await pause(300);
    const ports = { 8443: new URL(twin.overview).port, 8444: await freePort(), 9091: await freePort() };
    writeFileSync(join(project, "clock-offset"), "0");
    writeFileSync(
      join(project, "clock.cjs"),
      `const clock = require(${JSON.stringify(join(root, "twin/clock/shift-date.cjs"))}).installDateShift();
      const read = () => clock.setOffset(Number(require("node:fs").readFileSync(${JSON.stringify(join(project, "clock-offset"))}, "utf8")));
      setInterval(read, 50).unref();`,
    );
    inPlace = (block) =>
      Object.entries(ports)
        .reduce((text, [from, to]) => text.replaceAll(from, String(to)), block)
        .replace("--require $names", "--require $names --require $project/clock.cjs")
        // A second of the reader's is a tenth here; the clock is moved instead.
        .replaceAll("seq 100", "seq 20")
        .replaceAll("100 200", "20 200")
        .replaceAll("sleep 1\n", "sleep 0.1\n")
        .replaceAll("sleep 120\n", "sleep 1\n");
    shell = new Shell(project);
  }, 120_000);

  afterAll(async () => {
    shell?.end();
    await saved?.close();
    rmSync(project, { recursive: true, force: true });
  });

  it("makes the files, the configuration and a broker that is ready", async () => {
    expect(blocks).toHaveLength(8);
    await follow(files);
    await follow(configuration);
    await follow(broker);
  }, 60_000);

  it("refuses the chain of the wrong authority, and takes the right one", async () => {
    await follow(wrongChain);
    await follow(rightChain);
  }, 60_000);

  const token = async () => {
    const command =
      "curl -s --cacert ca-13.1.pem --cert job-13.1.pem --key job.key https://localhost:8444/get_wif_token";
    return JSON.parse(await shell.run(inPlace(command)));
  };

  it("renews the token of an hour within 55 minutes, without a read that fails", async () => {
    const first = await token();
    expect(first.expires_in).toBeGreaterThan(58 * 60);
    await wait(53 * minute);
    expect((await token()).access_token).toBe(first.access_token);
    await wait(2 * minute);
    const waits = 100;
    let current = await token();
    for (let round = 0; current.access_token === first.access_token && round < waits; round += 1) {
      await pause(100);
      current = await token();
    }
    expect(current.access_token).not.toBe(first.access_token);
    expect(current.expires_in).toBeGreaterThan(58 * 60);
  }, 60_000);

  /** Waits until the broker has had so many tokens. */
  const refreshed = async (count: number) => {
    const log = join(project, "on-premises", "broker.log");
    const soFar = () => readFileSync(log, "utf8").split("token_refreshed").length - 1;
    for (let look = 0; soFar() < count && look < 300; look += 1) await pause(50);
    expect(soFar()).toBe(count);
  };

  it("takes a shorter life without a restart, and renews that in time", async () => {
    const following = follow(renewal);
    // At the start, after 55 minutes, for the new policy; then after a minute and a half.
    await refreshed(3);
    await wait(95_000);
    await refreshed(4);
    await following;
  }, 60_000);

  it("reads on through an outage until the last token ends", async () => {
    const { twin } = saved ?? {};
    expect(twin).toBeDefined();
    const [before = "", after = ""] = inPlace(outage).split("sleep 1\n");
    // The file keeps the broker's clock when the twin is gone.
    await saved?.close();
    saved = undefined;
    expectAsWritten(before, await shell.run(before));
    await wait(120_000);
    expectAsWritten(after, await shell.run(after));
  }, 60_000);

  it("ends in good order, with a whole audit", async () => {
    await follow(end);
  }, 60_000);
});
