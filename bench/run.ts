import { spawn } from "node:child_process";
import { projectDirectory } from "../twin";

/**
 * Runs a program in the project's folder and gives what it printed.
 * @throws {Error} with what it printed where it fails
 */
export function output(
  command: string,
  parameters: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  return new Promise((done, fail) => {
    const child = spawn(command, parameters, {
      cwd: projectDirectory(),
      env: {
        ...process.env,
        CHECKPOINT_DISABLE: "1",
        DISABLE_VERSION_CHECK: "1",
        CDKTF_DISABLE_PLUGIN_CACHE_ENV: "1",
        ...environment,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", fail);
    child.on("close", (code) =>
      code === 0
        ? done(stdout.trim())
        : fail(new Error(`${command} ${parameters.slice(0, 2).join(" ")} failed:\n${stdout}${stderr}`)),
    );
  });
}
