import { join } from "node:path";
import { runToEnd } from "../plan/run-to-end";
import { TerraformInterrupted } from "../plan/terraform";
import { readProblems, remedy } from "../plan/terraform-error";
import { UserError } from "../user-error";

export interface CdktfOptions {
  /** The project's folder, which holds cdktf.json. */
  readonly project: string;
  /** Folder of the synthesis. */
  readonly output: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly onLine: (line: string) => void;
}

/**
 * Runs `cdktf deploy STACK --auto-approve` or `cdktf destroy`, as a user of CDKTF would, with the environment of a target.
 * The providers' lock is skipped: cdktf asks the registry for it, even where no provider comes from there.
 *
 * @throws {UserError} with Terraform's words
 */
export async function cdktf(
  command: "deploy" | "destroy",
  stack: string,
  { project, output, environment, onLine }: CdktfOptions,
): Promise<void> {
  const program = findCdktf(project);
  const parameters = [command, stack, "--auto-approve", "--skip-provider-lock", "--no-color", "--output", output];
  const { code, stdout, stderr, interrupted } = await runToEnd(process.execPath, [program, ...parameters], {
    cwd: project,
    env: {
      ...process.env,
      // Nobody is at a terminal, nothing is reported home, no plugin cache is made in the user's folder.
      CI: "1",
      CHECKPOINT_DISABLE: "1",
      DISABLE_VERSION_CHECK: "1",
      CDKTF_DISABLE_PLUGIN_CACHE_ENV: "1",
      ...environment,
      // What cdktf sets by itself, and asks for where there are options already.
      NODE_OPTIONS:
        `${environment["NODE_OPTIONS"] ?? process.env["NODE_OPTIONS"] ?? ""} --max-old-space-size=4096`.trim(),
    },
    onLine,
  });
  if (interrupted) throw new TerraformInterrupted(`${stack}: interrupted.`);
  if (code !== 0) throw new UserError(`cdktf ${command} ${stack} failed.\n${problemsOf(stdout, stderr)}`);
}

function findCdktf(project: string): string {
  if (Number(process.versions.node.split(".")[0]) >= 24) {
    throw new UserError(
      `cdktf-cli 0.21 does not run on Node.js ${process.versions.node}: its terminal library has no build for it. Add --through keyless.`,
    );
  }
  return join(project, "node_modules", "cdktf-cli", "bundle", "bin", "cdktf");
}

/** cdktf writes the stack's name in front of Terraform's lines. */
function problemsOf(stdout: string, stderr: string): string {
  const problems = readProblems(`${stderr}\n${stdout}`.replace(/^\S+ {2}(?=[│╷╵]|Error: )/gm, ""));
  return `${problems.join("\n")}${remedy(problems)}`;
}
