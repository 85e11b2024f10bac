import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { z } from "zod";

const { safeLoad } = z
  .looseObject({ safeLoad: z.custom<(text: string) => unknown>((value) => typeof value === "function") })
  .parse(createRequire(__filename)("js-yaml"));

const texts = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
const permissions = z.record(z.string(), z.enum(["read", "write", "none"]));
const step = z.strictObject({
  id: z.string().optional(),
  name: z.string().optional(),
  if: z.string().optional(),
  uses: z.string().optional(),
  with: texts.optional(),
  run: z.string().optional(),
  shell: z.string().optional(),
  env: texts.optional(),
});
const job = z.strictObject({
  needs: z.union([z.string(), z.array(z.string())]).optional(),
  if: z.string().optional(),
  "runs-on": z.string(),
  "timeout-minutes": z.number(),
  environment: z.string().optional(),
  permissions,
  outputs: texts.optional(),
  env: texts.optional(),
  steps: z.array(step).min(1),
});
const workflow = z.strictObject({
  name: z.string(),
  on: z.record(z.string(), z.unknown()),
  permissions,
  concurrency: z.strictObject({ group: z.string(), "cancel-in-progress": z.boolean() }),
  env: texts.optional(),
  jobs: z.record(z.string(), job),
});
const action = z.strictObject({
  name: z.string(),
  description: z.string(),
  runs: z.strictObject({ using: z.literal("composite"), steps: z.array(step).min(1) }),
});

export type Step = z.output<typeof step>;
export type Job = z.output<typeof job>;
export type Workflow = z.output<typeof workflow>;

/** A workflow, as far as ours use GitHub's syntax; anything else is an error. */
export const readWorkflow = (file: string): Workflow => workflow.parse(safeLoad(readFileSync(file, "utf8")));

/** The steps of a composite action. */
export const readActionSteps = (file: string): readonly Step[] =>
  action.parse(safeLoad(readFileSync(file, "utf8"))).runs.steps;
