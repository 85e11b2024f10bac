import { stat } from "node:fs/promises";
import { UserError } from "../user-error";
import { runToEnd } from "./run-to-end";
import { readProblems, TerraformError } from "./terraform-error";

export interface TerraformOptions {
  /** Name of the stack, for messages. */
  readonly stack: string;
  /** Where the stack's cdk.tf.json is. */
  readonly directory: string;
  /** Beside the environment of this process. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Told of each line that Terraform writes while it works. */
  readonly onLine?: ((line: string) => void) | undefined;
  /** Errors that `onLine` has read itself, for a command whose output is not for people. */
  readonly errors?: readonly string[];
}

export interface TerraformOutcome {
  readonly code: number;
  readonly stdout: string;
}

/** Terraform was told to stop, and has: what was done is in the state, and the lock is released. */
export class TerraformInterrupted extends UserError {
  /** What shells report for a program that Ctrl-C ended. */
  override readonly exitCode = 130;
}

/**
 * Settings that would make Terraform do something else than its arguments say: further arguments, another workspace,
 * another folder for what `init` prepares.
 */
const meddling = /^(TF_CLI_ARGS(_.*)?|TF_WORKSPACE|TF_INPUT)$/;

/**
 * Runs `terraform PARAMETERS` to its end.
 *
 * @param accepted exit codes beside 0 that are no error
 * @throws {TerraformError} with Terraform's own words
 * @throws {TerraformInterrupted}
 * @throws {UserError} where Terraform is not installed or the stack was not synthesized
 */
export async function terraform(
  parameters: readonly string[],
  { stack, directory, environment = {}, onLine, errors = [] }: TerraformOptions,
  accepted: readonly number[] = [],
): Promise<TerraformOutcome> {
  if (!(await isDirectory(directory))) throw new UserError(`${stack}: not synthesized: there is no ${directory}`);
  const { code, stdout, stderr, interrupted } = await runToEnd("terraform", parameters, {
    cwd: directory,
    env: terraformEnvironment(environment),
    onLine,
  }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "ENOENT" ? notInstalled() : error;
  });
  if (interrupted) {
    throw new TerraformInterrupted(
      `${stack}: interrupted. Terraform has recorded what it had done and released its lock.`,
    );
  }
  if (code !== 0 && !accepted.includes(code)) {
    const problems = errors.length > 0 ? errors : readProblems(`${stderr}\n${stdout}`);
    throw new TerraformError(stack, parameters[0] ?? "", problems);
  }
  return { code, stdout };
}

/** Asks Terraform which version it is, such as `1.11.4`. @throws {UserError} where it is not installed */
export async function terraformVersion(options: TerraformOptions): Promise<string> {
  const { stdout } = await terraform(["version", "-json"], options);
  const version = /"terraform_version"\s*:\s*"([0-9A-Za-z.+-]+)"/.exec(stdout)?.[1];
  if (version === undefined) throw new UserError("terraform does not tell its version; expected 1.4 or newer");
  return version;
}

/**
 * How much Terraform's heap may grow before the next collection (Go's GOGC, 100 unless set). Terraform lives for seconds and
 * spends a quarter of them on collecting schemas that stay; this costs it some tens of megabytes.
 */
const collectorPercentage = "400";

function terraformEnvironment(further: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !meddling.test(name)));
  return { GOGC: collectorPercentage, ...inherited, TF_IN_AUTOMATION: "1", CHECKPOINT_DISABLE: "1", ...further };
}

const notInstalled = () =>
  new UserError(
    "terraform is not installed. Install version 1.4 or newer: https://developer.hashicorp.com/terraform/install",
  );

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}
