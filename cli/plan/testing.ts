import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Whether Terraform is there; says once why tests are skipped where it is not. */
export function hasTerraform(): boolean {
  if (spawnSync("terraform", ["version"]).status === 0) return true;
  process.stderr.write("Skipped: tests with terraform, since it is not installed on this machine.\n");
  return false;
}

/** A stack that needs no provider: `terraform_data` is built into Terraform. */
export class ScratchStack {
  readonly root = mkdtempSync(join(tmpdir(), "keyless-plan-"));
  readonly directory = join(this.root, "cdktf.out", "stacks", "dev");

  constructor(resources: Readonly<Record<string, unknown>> = { one: { input: "a" } }) {
    mkdirSync(this.directory, { recursive: true });
    this.declare(resources);
  }

  declare(resources: Readonly<Record<string, unknown>>, state = "dev.tfstate"): void {
    const text = JSON.stringify({
      terraform: { backend: { local: { path: join(this.root, state) } } },
      ...(Object.keys(resources).length > 0 && { resource: { terraform_data: resources } }),
    });
    writeFileSync(join(this.directory, "cdk.tf.json"), text);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
