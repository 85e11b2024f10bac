import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { projectDirectory } from "../twin";

/** The command as a user calls it, in a process of its own. */
describe("keyless start", () => {
  it("says in one line that a port is taken, and what to do", async () => {
    const taken = createServer();
    await new Promise<void>((done) => taken.listen(0, "127.0.0.1", done));
    const address = taken.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const { code, stderr } = await finished(start(["dev", "--check", "--port", String(port)]));
    taken.close();
    expect(code).toBe(1);
    expect(stderr).toContain(`keyless: Port ${port} is taken. Choose another with --port N`);
    expect(stderr).not.toContain("    at ");
  });

  it("says in one line that curl is missing, before anything is started", async () => {
    const { code, stderr, stdout } = await finished(
      start(["dev"], { PATH: join(dirname(process.execPath), "nowhere") }),
    );
    expect([code, stderr.trim(), stdout]).toEqual([
      1,
      "keyless: curl is not installed. Install it, for example: apt-get install curl",
      "",
    ]);
  });

  it.each([
    [["nowhere"], "expected one of dev, staging, prod."],
    [["dev", "--port", "0"], "expected a port from 1 to 65535."],
    [["dev", "--colour"], "unknown option '--colour'"],
  ])("refuses %j", async (parameters, words) => {
    const { code, stderr } = await finished(start(parameters));
    expect(code).toBe(1);
    expect(stderr).toContain(words);
  });

  it("stays up, and at Ctrl-C ends with every process that it started", async () => {
    const child = start(["staging", "--no-tour"]);
    let output = "";
    await new Promise<void>((ready, fail) => {
      child.stdout?.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        if (output.includes("Ctrl-C stops everything.")) ready();
      });
      child.on("close", () => fail(new Error(`ended early: ${output}`)));
    });
    expect(output).toMatch(/https:\/\/staging\.ailab\.com\.localhost:\d+\/service-desk/);
    expect(output).toContain("Log in as: Service desk agent");
    const children = childrenOf(child.pid ?? 0);
    expect(children.length).toBeGreaterThan(0);
    const ended = finished(child);
    child.kill("SIGINT");
    expect((await ended).code).toBe(0);
    // esbuild's service notices the end of its caller by itself, a moment later.
    for (let tries = 0; tries < 100 && children.some(isAlive); tries += 1) await wait(50);
    expect(children.filter(isAlive)).toEqual([]);
  }, 90_000);
});

function start(parameters: readonly string[], environment: Readonly<Record<string, string>> = {}): ChildProcess {
  return spawn(process.execPath, ["cli/keyless.cjs", "start", ...parameters], {
    cwd: projectDirectory(),
    env: { ...process.env, NODE_OPTIONS: "", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

function finished(child: ChildProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((done) => {
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("close", (code) => done({ code, stdout, stderr }));
  });
}

/** Handlers that a process runs; Linux tells in /proc. */
function childrenOf(pid: number): readonly number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
