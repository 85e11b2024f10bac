import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../user-error";
import { PlanStream } from "./plan-stream";
import { providerLockFile } from "./provider-lock";
import { type TerraformOptions, type TerraformOutcome, terraform, terraformVersion } from "./terraform";
import { TerraformError } from "./terraform-error";

export interface PlanOptions {
  /** Only looks at what the cloud has become, and proposes no change. */
  readonly refreshOnly?: boolean;
  readonly destroy?: boolean;
  /** Terraform addresses of what is made anew, though nothing of it changes. */
  readonly replace?: readonly string[];
  /** Whether to lock the state while planning; who may only read cannot. */
  readonly lock?: boolean;
}

/** What a plan says of the stack, in short. */
export interface PlanOutcome {
  /** Whether applying it changes anything; a refresh-only plan changes the state. */
  readonly changes: boolean;
  /** Whether something in the cloud is not as the state has it. */
  readonly drift: boolean;
  /** Such as `1.11.4`. */
  readonly terraformVersion: string;
}

export interface StackDirectoryOptions extends Omit<TerraformOptions, "onLine" | "errors"> {
  /** Whether `terraform init` has to find the providers as the lock file has them. */
  readonly readonlyLock?: boolean;
  /** Called after each `terraform init`. */
  readonly onInit?: (() => Promise<void>) | undefined;
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

  /** With which Terraform runs, beside the environment of this process. */
  get environment(): Readonly<Record<string, string>> {
    return this.#options.environment ?? {};
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
  async init(): Promise<void> {
    const { readonlyLock = false, onInit } = this.#options;
    const lock = readonlyLock ? ["-lockfile=readonly"] : [];
    // What it says is of no interest unless it fails.
    await terraform(["init", "-input=false", "-no-color", "-reconfigure", ...lock], this.#options);
    await onInit?.();
  }

  /** Writes a plan to `file`. */
  async plan(
    file: string,
    { refreshOnly = false, destroy = false, lock = true, replace = [] }: PlanOptions = {},
  ): Promise<PlanOutcome> {
    const parameters = [
      "plan",
      "-input=false",
      "-json",
      "-detailed-exitcode",
      `-out=${file}`,
      ...(refreshOnly ? ["-refresh-only"] : []),
      ...(destroy ? ["-destroy"] : []),
      ...(lock ? [] : ["-lock=false"]),
      ...replace.map((address) => `-replace=${address}`),
    ];
    return this.#prepared(async () => {
      const stream = new PlanStream(this.#options.onPlanLine);
      const { code } = await terraform(
        parameters,
        { ...this.#options, onLine: stream.take, errors: stream.errors },
        [2],
      );
      const terraformVersion = stream.terraformVersion ?? (await this.terraformVersion());
      return { changes: code === 2, drift: stream.hasDrift, terraformVersion };
    });
  }

  /** A plan as JSON. It holds sensitive values in plain text: never print or keep it. */
  async show(file: string): Promise<string> {
    const { stdout } = await this.#prepared(() => terraform(["show", "-json", "-no-color", file], this.#options));
    return stdout;
  }

  /** Applies exactly this plan; Terraform refuses one that the state has moved on from. */
  async apply(file: string): Promise<TerraformOutcome> {
    const options = { ...this.#options, onLine: this.#options.onApplyLine };
    return this.#prepared(() => terraform(["apply", "-input=false", "-no-color", file], options));
  }

  /**
   * Runs Terraform in a folder that is mostly prepared since the last time. Only Terraform can tell: it compares backend,
   * providers and their checksums with what it has noted, and refuses before it does anything.
   */
  async #prepared<Result>(run: () => Promise<Result>): Promise<Result> {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof TerraformError) || !error.problems.some((problem) => /terraform init/.test(problem))) {
        throw error;
      }
      await this.init();
      return run();
    }
  }
}
