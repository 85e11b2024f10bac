import { execFileSync, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { projectDirectory } from "../../runner/project-directory";

/** Why there is no Terraform to test with; undefined where there is one. */
export function terraformMissing(): string | undefined {
  try {
    execFileSync("terraform", ["version"], { env: { ...process.env, CHECKPOINT_DISABLE: "1" }, stdio: "ignore" });
    return undefined;
  } catch {
    return "terraform is not installed (https://developer.hashicorp.com/terraform/install)";
  }
}

/** `describe`, or where Terraform is missing one that skips and says why. */
export function describeWithTerraform(title: string, body: () => void): void {
  const reason = terraformMissing();
  if (reason === undefined) describe(title, body);
  else {
    describe.skip(`${title}, skipped: ${reason}`, body);
    process.stderr.write(`${title}: skipped, ${reason}\n`);
  }
}

export interface TerraformResult {
  readonly code: number | null;
  readonly output: string;
}

const plan = z.looseObject({
  resource_changes: z
    .array(
      z.looseObject({
        address: z.string(),
        type: z.string(),
        previous_address: z.string().optional(),
        change: z.looseObject({
          actions: z.array(z.string()),
          before: z.unknown(),
          after: z.unknown(),
          after_sensitive: z.unknown(),
          replace_paths: z.array(z.array(z.union([z.string(), z.number()]))).optional(),
          importing: z.looseObject({ id: z.string() }).optional(),
        }),
      }),
    )
    .default([]),
  resource_drift: z
    .array(z.looseObject({ address: z.string(), change: z.looseObject({ actions: z.array(z.string()) }) }))
    .default([]),
});
const stackJson = z.looseObject({ terraform: z.looseObject({}) });

export type TerraformPlan = z.infer<typeof plan>;

/**
 * A folder in which Terraform runs, with its state. It lies where the stacks refer to the project from: three folders
 * below it.
 */
export class TerraformFolder {
  private constructor(
    readonly directory: string,
    private readonly root: string,
    private environment: Readonly<Record<string, string>>,
  ) {}

  static async create(name: string, environment: Readonly<Record<string, string>>): Promise<TerraformFolder> {
    const keyless = join(projectDirectory(), ".keyless");
    await mkdir(keyless, { recursive: true });
    const root = await mkdtemp(join(keyless, "terraform-test-"));
    await mkdir(join(root, name));
    await writeFile(join(root, "terraform.rc"), "");
    return new TerraformFolder(join(root, name), root, environment);
  }

  /** Another provider, as after a restart of the twin. */
  attach(environment: Readonly<Record<string, string>>): void {
    this.environment = environment;
  }

  /** Writes the stack's configuration; its state is kept in this folder, whatever the stack says. */
  async write(configuration: unknown): Promise<void> {
    const { terraform, ...others } = stackJson.parse(configuration);
    const backend = { local: { path: this.#stateFile } };
    const text = JSON.stringify({ ...others, terraform: { ...terraform, backend } }, null, 1);
    await writeFile(join(this.directory, "cdk.tf.json"), text);
  }

  async init(): Promise<void> {
    const { code, output } = await this.run("init", "-input=false");
    if (code !== 0) throw new Error(output);
  }

  /** Exit code 0: nothing to do; 2: changes. */
  plan(...more: readonly string[]): Promise<TerraformResult> {
    return this.run("plan", "-input=false", "-detailed-exitcode", "-out=saved.tfplan", ...more);
  }

  /** Applies the plan that was saved last. */
  apply(): Promise<TerraformResult> {
    return this.run("apply", "-input=false", "saved.tfplan");
  }

  /** The saved plan as JSON. */
  async shown(): Promise<TerraformPlan> {
    const { output } = await this.run("show", "-json", "saved.tfplan");
    return plan.parse(JSON.parse(output));
  }

  /** @param onOutput told of what Terraform prints while it runs */
  run(command: string, ...more: readonly string[]): Promise<TerraformResult> {
    return this.runWatched(() => undefined, command, ...more);
  }

  runWatched(onOutput: (text: string) => void, command: string, ...more: readonly string[]): Promise<TerraformResult> {
    const coloured = command === "show" || command === "state" ? [] : ["-no-color"];
    return new Promise((resolve, reject) => {
      const child = spawn("terraform", [command, ...coloured, ...more], {
        cwd: this.directory,
        env: {
          ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("TF_"))),
          TF_CLI_CONFIG_FILE: join(this.root, "terraform.rc"),
          TF_IN_AUTOMATION: "1",
          ...this.environment,
        },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let output = "";
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (text: string) => {
          output += text;
          onOutput(text);
        });
      }
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, output }));
    });
  }

  get #stateFile(): string {
    return join(this.root, "state.tfstate");
  }

  async remove(): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }
}
