import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../user-error";
import { providerLockFile } from "./provider-lock";
import { type TerraformOptions, terraform, terraformVersion } from "./terraform";

export interface PlanOptions {
  /** Only looks at what the cloud has become, and proposes no change. */
  readonly refreshOnly?: boolean;
  readonly destroy?: boolean;
  /** Whether to lock the state while planning; who may only read cannot. */
  readonly lock?: boolean;
}

export interface StackDirectoryOptions extends Omit<TerraformOptions, "onLine"> {
  /** Told of each line that Terraform writes while it applies. */
  readonly onApplyLine?: ((line: string) => void) | undefined;
  /** Told of each line that Terraform writes while it plans. */
  readonly onPlanLine?: ((line: string) => void) | undefined;
}

/** One synthesized stack in its folder, and what Terraform does there. */
export class StackDirectory {
  readonly #options: StackDirectoryOptions;
  #version: Promise<string> | undefined;

  constructor(options: StackDirectoryOptions) {
    this.#options = options;
  }

  get stack(): string {
    return this.#options.stack;
  }

  terraformVersion(): Promise<string> {
    this.#version ??= terraformVersion(this.#options);
    return this.#version;
  }

  /** The synthesized configuration. @throws {UserError} where there is none */
  async configuration(): Promise<string> {
    const file = join(this.#options.directory, "cdk.tf.json");
    try {
      return await readFile(file, "utf8");
    } catch {
      throw new UserError(`${this.stack}: not synthesized: there is no ${file}`);
    }
  }

  /** The dependency lock file as it is in the folder; empty where the providers need none. */
  async lockFile(): Promise<string> {
    return readFile(join(this.#options.directory, providerLockFile), "utf8").catch(() => "");
  }

  /**
   * Prepares the folder. Where state is kept may have changed since the last time, from Google to the twin or back;
   * nothing is ever moved from one to the other.
   */
  async init({ readonlyLock = false }: { readonly readonlyLock?: boolean } = {}): Promise<void> {
    const lock = readonlyLock ? ["-lockfile=readonly"] : [];
    // What it says is of no interest unless it fails.
    await terraform(["init", "-input=false", "-no-color", "-reconfigure", ...lock], this.#options);
  }

  /** Writes a plan to `file`; tells whether it changes anything. */
  async plan(file: string, { refreshOnly = false, destroy = false, lock = true }: PlanOptions = {}): Promise<boolean> {
    const { code } = await terraform(
      [
        "plan",
        "-input=false",
        "-no-color",
        "-detailed-exitcode",
        `-out=${file}`,
        ...(refreshOnly ? ["-refresh-only"] : []),
        ...(destroy ? ["-destroy"] : []),
        ...(lock ? [] : ["-lock=false"]),
      ],
      { ...this.#options, onLine: this.#options.onPlanLine },
      [2],
    );
    return code === 2;
  }

  /** A plan as JSON. It holds sensitive values in plain text: never print or keep it. */
  async show(file: string): Promise<string> {
    const { stdout } = await terraform(["show", "-json", "-no-color", file], this.#options);
    return stdout;
  }

  /** Applies exactly this plan; Terraform refuses one that the state has moved on from. */
  async apply(file: string): Promise<void> {
    await terraform(["apply", "-input=false", "-no-color", file], {
      ...this.#options,
      onLine: this.#options.onApplyLine,
    });
  }
}
