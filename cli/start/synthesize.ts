import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { organizationStackName } from "../../environments/load-organization";
import type { StackConfiguration } from "../../twin";
import { projectDirectory } from "../../twin/runner/project-directory";
import { UserError } from "../user-error";

const synthesizer = join(projectDirectory(), "cli/synth.cjs");

/**
 * Synthesizes all stacks, as `cdktf synth` does, into a folder of its own, and returns their Terraform JSON.
 * @throws {UserError} with the synthesizer's own words where an environment or a construct is refused.
 */
export async function synthesize(): Promise<readonly StackConfiguration[]> {
  const directory = await mkdtemp(join(tmpdir(), "keyless-synth-"));
  try {
    await runSynthesizer(directory);
    const stacks = join(directory, "stacks");
    // The organization's first: its policies count for what comes after.
    const isOrganization = (name: string) => name === organizationStackName;
    const names = (await readdir(stacks)).sort((one, other) => (one < other ? -1 : 1));
    names.sort((one, other) => Number(isOrganization(other)) - Number(isOrganization(one)));
    return await Promise.all(
      names.map(async (stack) => ({ stack, text: await readFile(join(stacks, stack, "cdk.tf.json"), "utf8") })),
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * Runs the synthesizer, as `cdktf synth` does.
 * @param directory takes the output; a folder `stacks/NAME` for each stack
 * @throws {UserError} with the synthesizer's own words
 */
export function runSynthesizer(directory: string, environment: Readonly<Record<string, string>> = {}): Promise<void> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [synthesizer], {
      env: { ...process.env, ...environment, CDKTF_OUTDIR: directory },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let words = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      words += text;
    });
    child.on("error", fail);
    child.on("close", (code) => (code === 0 ? done() : fail(new UserError(`synthesis failed.\n${words.trim()}`))));
  });
}
