import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { build } from "esbuild";

/** A real process is the only place where signals and exit codes can be observed. */
const program = `
import Fastify from "fastify";
import { createLogger } from "./logging";
import { serve } from "./serve";
const app = Fastify();
let finish = () => {};
app.get("/slow", () => new Promise((resolve) => { finish = () => resolve({ finished: true }); console.log("began"); }));
process.on("SIGUSR2", () => finish());
serve(app, {
  port: 0,
  host: "127.0.0.1",
  logger: createLogger("test"),
  onShutdown: () => console.log("background work stopped"),
  hardLimitMilliseconds: Number(process.env.HARD_LIMIT ?? "5000"),
});
`;

let folder: string;
let bundle: string;
const started: ChildProcess[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "serve-"));
  bundle = join(folder, "program.cjs");
  await build({
    stdin: { contents: program, resolveDir: __dirname, loader: "ts" },
    bundle: true,
    platform: "node",
    format: "cjs",
    outfile: bundle,
    logLevel: "silent",
  });
});

afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function start(environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, [bundle], {
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "inherit"],
  });
  started.push(child);
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    for (const wake of waiting) wake();
  });
  const line = async (text: string): Promise<string> => {
    for (;;) {
      const found = lines.find((candidate) => candidate.includes(text));
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => waiting.add(resolve));
    }
  };
  const ready: { address: string } = JSON.parse(await line('"ready"'));
  const exited = once(child, "exit").then(([code]: unknown[]) => code);
  return { child, line, lines, exited, port: Number(new URL(ready.address).port) };
}

async function requestSlow(port: number): Promise<{ socket: Socket; answer: Promise<string> }> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  socket.write("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  const answer = new Promise<string>((resolve) => {
    let text = "";
    socket.on("data", (chunk) => {
      text += String(chunk);
    });
    socket.on("error", () => resolve(text));
    socket.on("close", () => resolve(text));
  });
  return { socket, answer };
}

/** A connection may still be accepted, and dropped, in the moment between the signal and the listener's end. */
async function isAccepted(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  const accepted = await new Promise<boolean>((resolve) => {
    socket.on("connect", () => resolve(true));
    socket.on("error", () => resolve(false));
  });
  socket.destroy();
  return accepted;
}

describe("serve", () => {
  it.each(["SIGTERM", "SIGINT"] as const)("ends with status 0 on %s when nothing is open", async (signal) => {
    const { child, exited, lines } = await start();
    child.kill(signal);
    expect(await exited).toBe(0);
    expect(lines.join("\n")).toContain("background work stopped");
    expect(lines.join("\n")).toContain('"shut down"');
  });

  it("finishes the request that has begun and takes no new connection", async () => {
    const { child, exited, line, port } = await start();
    const { answer } = await requestSlow(port);
    await line("began");
    child.kill("SIGTERM");
    await line("shutting down");
    while (await isAccepted(port)) await pause(20);
    child.kill("SIGUSR2");
    expect(await answer).toContain('{"finished":true}');
    expect(await exited).toBe(0);
  });

  it.each(["", "GET /slow HTTP/1.1\r\nHost:"])(
    "is not held up by a connection on which %j is all that was said, and finishes the request of another",
    async (said) => {
      const { child, exited, line, port } = await start();
      const { answer } = await requestSlow(port);
      await line("began");
      const unused = connect(port, "127.0.0.1");
      unused.on("error", () => undefined);
      await once(unused, "connect");
      unused.write(said);
      const closed = new Promise((resolve) => unused.once("close", resolve));
      await pause(50);
      child.kill("SIGTERM");
      await closed;
      child.kill("SIGUSR2");
      expect(await answer).toContain('{"finished":true}');
      expect(await exited).toBe(0);
    },
  );

  it("ends with status 1 at the hard limit when a request never finishes", async () => {
    const { child, exited, line, port } = await start({ HARD_LIMIT: "200" });
    await requestSlow(port);
    await line("began");
    child.kill("SIGTERM");
    expect(await exited).toBe(1);
    await line("hard limit");
  });

  it("ends at once on a second signal", async () => {
    const { child, exited, line, port } = await start();
    await requestSlow(port);
    await line("began");
    child.kill("SIGTERM");
    await line("shutting down");
    child.kill("SIGTERM");
    expect(await exited).toBe(1);
  });
});
