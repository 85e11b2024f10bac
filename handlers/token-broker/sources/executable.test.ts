import { spawnSync } from "node:child_process";
import { chmodSync, unlinkSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { build } from "esbuild";
import { tokenTypes } from "../../../facts/token-exchange";
import { ConfigurationError } from "../../runtime";
import { audience } from "../testing/broker-fixture";
import { temporaryFolder } from "../testing/certificates";
import { sourceToolsAt } from "../testing/source-tools";
import { executableSource } from "./executable";

const folder = temporaryFolder();
afterAll(() => folder.remove());
const signal = new AbortController().signal;

function source(script: string, options: { args?: string[]; timeoutSeconds?: number; environment?: string[] } = {}) {
  const { args = [], timeoutSeconds = 10, environment = [] } = options;
  return executableSource(
    { kind: "executable", command: [process.execPath, "-e", script, "--", ...args], timeoutSeconds, environment },
    sourceToolsAt("http://127.0.0.1:1", { PASSED_ON: "yes", KEPT_BACK: "secret" }),
  );
}

const printing = (value: unknown) => `process.stdout.write(${JSON.stringify(JSON.stringify(value))})`;
const later = 1_900_000_000;
const good = { version: 1, success: true, token_type: tokenTypes.idToken, id_token: "a.b.c", expiration_time: later };

describe("the source of an executable", () => {
  it("takes the token that the program prints", async () => {
    expect(await source(printing(good)).fetch(signal)).toEqual({
      token: "a.b.c",
      type: tokenTypes.idToken,
      expiresAt: new Date(later * 1000),
    });
  });

  it("takes a SAML response", async () => {
    const saml = { version: 1, success: true, token_type: tokenTypes.saml2, saml_response: "PHNhbWw+" };
    expect(await source(printing(saml)).fetch(signal)).toEqual({
      token: "PHNhbWw+",
      type: tokenTypes.saml2,
      expiresAt: undefined,
    });
  });

  it("gives the program its arguments as they are, and of the environment only what is named", async () => {
    const script = `const { PASSED_ON, KEPT_BACK, GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE } = process.env;
      process.stdout.write(JSON.stringify({ version: 1, success: false, code: "seen",
        message: [process.argv.at(-1), PASSED_ON, KEPT_BACK, GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE].join("|") }))`;
    await expect(
      source(script, { args: ["$(id); `id`"], environment: ["PASSED_ON"] }).fetch(signal),
    ).rejects.toMatchObject({
      code: "seen",
      description: `$(id); \`id\`|yes||${audience}`,
    });
  });

  it.each<[string, string, string]>([
    ["prints nothing", "process.exit(3)", "exit_status"],
    ["prints a token and fails", `${printing(good)};process.exitCode = 1`, "exit_status"],
    ["prints no JSON", "process.stdout.write('token')", "malformed_response"],
    ["prints a token of no type", printing({ version: 1, success: true, id_token: "x" }), "malformed_response"],
    ["prints its token in another field", printing({ ...good, token_type: tokenTypes.saml2 }), "malformed_response"],
    ["prints another version", printing({ ...good, version: 2 }), "malformed_response"],
    ["prints without end", "const p = () => process.stdout.write('x'.repeat(65536), p); p()", "malformed_response"],
    [
      "refuses",
      `${printing({ version: 1, success: false, code: "401", message: "no session" })};process.exitCode = 1`,
      "401",
    ],
  ])("refuses a program that %s", async (_, script, code) => {
    await expect(source(script).fetch(signal)).rejects.toMatchObject({
      upstream: "executable",
      code,
      retryable: false,
    });
  });

  it("ends a program that does not end, and what it has started", async () => {
    const marker = folder.write("marker", "");
    const script = `require("node:child_process").spawn(process.execPath,
      ["-e", "setTimeout(() => require('node:fs').writeFileSync(" + JSON.stringify(${JSON.stringify(marker)}) + ", 'alive'), 2500)"], { stdio: "inherit" });
      setInterval(() => {}, 1000)`;
    await expect(source(script, { timeoutSeconds: 1 }).fetch(signal)).rejects.toMatchObject({
      code: "timeout",
      retryable: true,
    });
    await pause(2_500);
    expect(folder.read("marker")).toBe("");
  });

  it("says that there is no such program", async () => {
    const sourceOf = (program: string) =>
      executableSource(
        { kind: "executable", command: [program], timeoutSeconds: 1, environment: [] },
        sourceToolsAt("http://127.0.0.1:1"),
      );
    const file = folder.write("program", "#!/bin/sh\n");
    const refusal = (code: string) => new ConfigurationError([`source.command: the program cannot be run (${code})`]);
    expect(() => sourceOf("/absent/program")).toThrow(refusal("ENOENT"));
    chmodSync(file, 0o700);
    const gone = sourceOf(file);
    unlinkSync(file);
    await expect(gone.fetch(signal)).rejects.toMatchObject({
      message: "executable: unreadable: the program cannot be started (ENOENT)",
    });
  });

  it("leaves no program behind when the broker is ended", async () => {
    const bundle = folder.write("broker.cjs", "");
    const started = folder.write("started", "");
    const marker = folder.write("survivor", "");
    const command = ["/bin/sh", "-c", `echo yes > ${started}; sleep 2; echo alive > ${marker}`];
    const config = { kind: "executable", command, timeoutSeconds: 60, environment: [] };
    await build({
      stdin: {
        contents: `import { executableSource } from "./executable";
          const source = executableSource(${JSON.stringify(config)}, { environment: {}, providerAudience: "x" });
          source.fetch(new AbortController().signal).catch(() => {});
          setTimeout(() => process.exit(1), 500);`,
        resolveDir: __dirname,
        loader: "ts",
      },
      bundle: true,
      platform: "node",
      outfile: bundle,
      logLevel: "silent",
    });
    expect(spawnSync(process.execPath, [bundle]).status).toBe(1);
    expect(folder.read("started")).toBe("yes\n");
    await pause(2_500);
    expect(folder.read("survivor")).toBe("");
  });
});
