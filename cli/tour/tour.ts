import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../../environments/schema";
import type { Twin } from "../../twin";
import type { TourContext } from "./context";
import { runStep, type StepResult, type TourStep } from "./step";
import { tourSteps } from "./steps";

export interface TourOptions {
  readonly twin: Twin;
  readonly environment: Environment;
  readonly environments: Readonly<Record<string, Environment>>;
  /** Wraps each step, to show it; calls `run` exactly once. */
  around(step: TourStep, run: () => Promise<StepResult>): Promise<StepResult>;
}

/** Walks every step in order; a step that fails does not keep the next from being tried. */
export async function walkTour({
  twin,
  environment,
  environments,
  around,
}: TourOptions): Promise<readonly StepResult[]> {
  const results: StepResult[] = [];
  await withTourContext({ twin, environment, environments }, async (context) => {
    for (const step of tourSteps) results.push(await around(step, () => runStep(step, context)));
  });
  return results;
}

/** Gives a context whose folder is private and gone afterwards. */
export async function withTourContext(
  known: Omit<TourContext, "directory">,
  use: (context: TourContext) => Promise<void>,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "keyless-tour-"));
  try {
    await use({ ...known, directory });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
