import { execFileSync } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { LogOutput } from "./log-output";

const whenFull = existsSync("/dev/full") ? it : it.skip;

/** What `node -e` runs. */
function programOf(contents: string): string {
  const { outputFiles } = buildSync({
    stdin: { contents, resolveDir: __dirname, loader: "ts" },
    bundle: true,
    platform: "node",
    format: "cjs",
    write: false,
  });
  return outputFiles.map(({ text }) => text).join("");
}

describe("LogOutput", () => {
  whenFull("loses a line on a full disk, and tells whoever must know", () => {
    const descriptor = openSync("/dev/full", "w");
    const output = new LogOutput(descriptor);
    expect(() => output.lenient.write("line\n")).not.toThrow();
    expect(() => output.strict.write("line\n")).toThrow("ENOSPC");
    closeSync(descriptor);
  });

  it("begins a new line after one that the disk took in part, and loses no other", () => {
    const file = join(tmpdir(), `log-output-${process.pid}.jsonl`);
    const program = programOf(`
          import { ftruncateSync } from "node:fs";
          import { LogOutput } from "./log-output";
          const output = new LogOutput(1);
          const tooLong = (index) => "x".repeat(99) + index + "\\n";
          const failed = [];
          for (let index = 100; index < 120; index += 1) {
            try { output.strict.write(tooLong(index)); } catch (error) { failed.push(error.code + index); }
          }
          console.error(JSON.stringify(failed));
          ftruncateSync(1, 300);
          output.lenient.write("after\\n");`);
    // The largest file that the process may write: one block of 1024 bytes, which is nine lines and a part of one.
    const script = `exec >>${file} 2>${file}.failed; ulimit -f 1; exec ${process.execPath} -e "$PROGRAM"`;
    execFileSync("bash", ["-c", script], { env: { ...process.env, PROGRAM: program } });
    const failed: unknown = JSON.parse(readFileSync(`${file}.failed`, "utf8"));
    expect(failed).toEqual(Array.from({ length: 11 }, (_, index) => `EFBIG${109 + index}`));
    const text = readFileSync(file, "utf8");
    rmSync(file);
    rmSync(`${file}.failed`);
    expect(text.slice(300)).toBe("\nafter\n");
  });

  it("goes on when the reader has gone", () => {
    const program = programOf(`
          import { LogOutput } from "./log-output";
          const output = new LogOutput(1);
          setTimeout(() => {
            output.lenient.write("line\\n");
            try { output.strict.write("line\\n"); } catch (error) { console.error(error.code); }
          }, 200);`);
    const script = `set -o pipefail; { ${process.execPath} -e "$PROGRAM" | true; } 2>&1`;
    const said = execFileSync("bash", ["-c", script], { env: { ...process.env, PROGRAM: program }, encoding: "utf8" });
    expect(said.trim()).toBe("EPIPE");
  });
});
