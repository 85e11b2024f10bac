import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, TerraformStack } from "cdktf";
import { z } from "zod";
import { enforcePolicies, PolicyError, type PolicyException } from "..";

/** Declares what a stack holds. */
export type Build = (stack: TerraformStack) => unknown;

/** The day on which examples are synthesized. */
export const today = new Date("2026-06-01T12:00:00Z");

const outputs = z.looseObject({ output: z.record(z.string(), z.looseObject({ value: z.unknown() })).default({}) });

/**
 * Synthesizes stacks of these names with the policies, and gives the outputs of the first.
 *
 * @throws PolicyError
 */
export function outputsOf(
  build: Build,
  exceptions: readonly PolicyException[] = [],
  names: readonly string[] = ["dev"],
) {
  const outdir = mkdtempSync(join(tmpdir(), "keyless-policy-"));
  try {
    const app = new App({ outdir, skipValidation: true, stackTraces: false });
    for (const name of names) build(new TerraformStack(app, name));
    enforcePolicies(app, { exceptions, today });
    app.synth();
    const text = readFileSync(join(outdir, "stacks", names[0] ?? "", "cdk.tf.json"), "utf8");
    return outputs.parse(JSON.parse(text)).output;
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** What the policies say of such stacks; empty where they pass. */
export function problems(
  build: Build,
  exceptions?: readonly PolicyException[],
  names?: readonly string[],
): readonly string[] {
  try {
    outputsOf(build, exceptions, names);
    return [];
  } catch (error) {
    if (error instanceof PolicyError) return error.problems;
    throw error;
  }
}
