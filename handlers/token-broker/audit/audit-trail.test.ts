import { execFile } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { ConfigurationError, createLogger } from "../../runtime";
import { type TemporaryFolder, temporaryFolder } from "../testing/certificates";
import { formOf } from "./audit-chain";
import { AuditUnavailableError, FileTrail, writeLine } from "./audit-trail";
import { verifyAudit } from "./verify-audit";

let folder: TemporaryFolder;
let file: string;
let logged: string[];
beforeEach(() => {
  folder = temporaryFolder();
  file = join(folder.path, "audit.jsonl");
  logged = [];
});
afterEach(() => folder.remove());

const logger = () => createLogger("test", { write: (line) => logged.push(line) });
const trail = () => new FileTrail(file, logger(), () => new Date("2030-01-01T00:00:00Z"));
const verify = () => verifyAudit(readFileSync(file, "utf8").split("\n"));

describe("FileTrail", () => {
  it("has a line in the file before the write resolves, for its owner alone to read", async () => {
    const audit = trail();
    await writeLine(audit, { event: "token_issued", client: "batch job" });
    const [line] = readFileSync(file, "utf8").split("\n");
    expect(JSON.parse(line ?? "")).toMatchObject({
      event: "token_issued",
      client: "batch job",
      auditTime: "2030-01-01T00:00:00.000Z",
      auditSequence: 1,
      auditPrevious: "0".repeat(64),
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    audit.close();
  });

  it("writes what comes together at once, in order", async () => {
    const audit = trail();
    await Promise.all(Array.from({ length: 500 }, (_, number) => writeLine(audit, { event: "token_issued", number })));
    audit.close();
    const numbers = readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line): unknown => JSON.parse(line).number);
    expect(numbers).toEqual(Array.from({ length: 500 }, (_, number) => number));
    expect((await verify()).findings.filter(({ kind }) => kind === "problem")).toEqual([]);
  });

  it("writes ASCII, whatever the names are", async () => {
    const audit = trail();
    await writeLine(audit, { event: "token_issued", client: "Bäcker 🥐" });
    audit.close();
    expect(readFileSync(file).every((byte) => byte < 0x80)).toBe(true);
    expect((await verify()).findings.filter(({ kind }) => kind === "problem")).toEqual([]);
  });

  it("writes at once what it is given to write at once, behind what waits", async () => {
    const audit = trail();
    const waiting = writeLine(audit, { event: "first" });
    const settled: string[] = [];
    const line = (event: string) => ({ ...formOf({ event }), settled: () => settled.push(event) });
    audit.addAll([line("second"), line("third")]);
    expect(settled).toEqual(["second", "third"]);
    await waiting;
    audit.close();
    const events = readFileSync(file, "utf8").trim().split("\n");
    expect(events.map((text): unknown => JSON.parse(text).event)).toEqual(["first", "second", "third"]);
    expect(await verify()).toMatchObject({ lines: 3, findings: [{ kind: "note" }] });
  });

  it("has room for lines of any length", async () => {
    const audit = trail();
    const long = "x".repeat(50_000);
    await Promise.all([1, 2, 3].map((number) => writeLine(audit, { event: "token_issued", number, long })));
    await writeLine(audit, { event: "token_issued" });
    audit.close();
    expect((await verify()).findings.filter(({ kind }) => kind === "problem")).toEqual([]);
    const next = trail();
    next.close();
    expect(logged).toEqual([]);
  });

  it("goes on where the last process has ended", async () => {
    for (let process = 0; process < 3; process++) {
      const audit = trail();
      await writeLine(audit, { event: "audit_started" });
      await writeLine(audit, { event: "audit_stopped" });
      audit.close();
    }
    const { chains, findings, lines } = await verify();
    expect([chains.length, lines, findings]).toEqual([3, 6, []]);
  });

  it("closes off the half line that a crash has left, which the verification then finds", async () => {
    const first = trail();
    await writeLine(first, { event: "audit_started" });
    first.close();
    appendFileSync(file, '{"event":"token_iss');
    const second = trail();
    await writeLine(second, { event: "audit_started" });
    second.close();
    expect(logged.join()).toContain("audit_damaged");
    const problems = (await verify()).findings.filter(({ kind }) => kind === "problem");
    expect(problems).toEqual([{ line: 2, kind: "problem", text: "not a line of the audit, or damaged" }]);
  });

  it("begins a new file in the place of one that was moved away", async () => {
    const audit = trail();
    await writeLine(audit, { event: "audit_started" });
    renameSync(file, `${file}.1`);
    audit.reopen();
    await writeLine(audit, { event: "audit_stopped" });
    audit.close();
    const both = readFileSync(`${file}.1`, "utf8") + readFileSync(file, "utf8");
    expect((await verifyAudit(both.split("\n"))).findings).toEqual([]);
    expect((await verify()).findings.every(({ kind }) => kind === "note")).toBe(true);
  });

  it("does not start with a file that cannot be written", () => {
    expect(() => new FileTrail("/absent/audit.jsonl", logger(), () => new Date())).toThrow(ConfigurationError);
  });

  (existsSync("/dev/full") ? it : it.skip)("says once that the disk is full, to all who wait", async () => {
    const audit = new FileTrail("/dev/full", logger(), () => new Date());
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, () => writeLine(audit, { event: "token_issued" })),
    );
    for (const result of results) {
      expect(result.status === "rejected" && result.reason).toBeInstanceOf(AuditUnavailableError);
    }
    await expect(writeLine(audit, { event: "token_issued" })).rejects.toThrow("the audit cannot be written (ENOSPC)");
    expect(logged).toHaveLength(1);
    expect(logged[0]).toContain("no token is given");
  });

  it("leaves no half line when the disk fills in the middle of one, and goes on without a hole", async () => {
    const bundle = folder.write("program.cjs", "");
    await build({
      stdin: {
        contents: `
          import { FileTrail, writeLine } from "./audit-trail";
          import { createLogger } from "../../runtime";
          const trail = new FileTrail(${JSON.stringify(file)}, createLogger("test", { write() {} }), () => new Date());
          (async () => {
            let written = 0, refused = 0;
            for (let i = 0; i < 20; i++) await writeLine(trail, { event: "token_issued", filler: "x".repeat(100) }).then(() => written++, () => refused++);
            console.log(JSON.stringify({ written, refused }));
          })();`,
        resolveDir: __dirname,
        loader: "ts",
      },
      bundle: true,
      platform: "node",
      format: "cjs",
      outfile: bundle,
      logLevel: "silent",
    });
    // The largest file that the process may write: 2 blocks of 1024 bytes.
    const { stdout } = await promisify(execFile)("bash", ["-c", `ulimit -f 2; exec node ${bundle}`]);
    const { written, refused } = JSON.parse(stdout);
    expect(written).toBeGreaterThan(2);
    expect(refused).toBeGreaterThan(2);
    const before = await verify();
    expect(before.lines).toBe(written);
    expect(before.findings.filter(({ kind }) => kind === "problem")).toEqual([]);
    const after = trail();
    await writeLine(after, { event: "audit_started" });
    after.close();
    expect((await verify()).findings.filter(({ kind }) => kind === "problem")).toEqual([]);
  });
});
