import type { Environment } from "../../environments/schema";
import type { TourContext } from "./context";

/** What a step observed: the request it made, what was decided, and why, in the words of whoever decided. */
export interface Observation {
  readonly request: string;
  readonly decision: "allowed" | "refused";
  readonly reason: string;
}

/** What an environment should decide: a refusal also says a part of the reason that must be given. */
export type Expectation = { readonly decision: "allowed" } | { readonly decision: "refused"; readonly reason: string };

/** One step of the tour. */
export interface TourStep {
  /** Short and stable, for `--json` and for tests. */
  readonly id: string;
  readonly title: string;
  /** What this environment grants or refuses, from its file alone. */
  expects(environment: Environment): Expectation;
  /**
   * Makes the request. Reports the service's answer as it is; throws only where the step itself could not be made.
   * @throws {Error} with a one-line message.
   */
  run(context: TourContext): Promise<Observation>;
}

export interface StepResult {
  readonly id: string;
  readonly title: string;
  readonly expected: Expectation;
  readonly milliseconds: number;
  readonly outcome:
    | { readonly ok: true; readonly observation: Observation }
    | { readonly ok: false; readonly problem: string; readonly observation?: Observation };
}

/** Runs one step and holds what it observed against what the environment should decide. */
export async function runStep(step: TourStep, context: TourContext): Promise<StepResult> {
  const started = performance.now();
  const expected = step.expects(context.environment);
  const finish = (outcome: StepResult["outcome"]): StepResult => ({
    id: step.id,
    title: step.title,
    expected,
    milliseconds: performance.now() - started,
    outcome,
  });
  try {
    const observation = await step.run(context);
    const problem = contradiction(expected, observation);
    return finish(problem === undefined ? { ok: true, observation } : { ok: false, problem, observation });
  } catch (error) {
    return finish({ ok: false, problem: error instanceof Error ? error.message : String(error) });
  }
}

function contradiction(expected: Expectation, observed: Observation): string | undefined {
  if (expected.decision !== observed.decision) {
    return `expected ${expected.decision}, was ${observed.decision}: ${observed.reason}`;
  }
  if (expected.decision === "refused" && !observed.reason.includes(expected.reason)) {
    return `expected the reason to say "${expected.reason}", it says: ${observed.reason}`;
  }
  return undefined;
}

export const allowed: Expectation = { decision: "allowed" };

/** A refusal whose reason contains the given words. */
export const refused = (reason: string): Expectation => ({ decision: "refused", reason });
