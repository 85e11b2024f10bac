import type { Environment } from "../../environments/schema";
import type { Twin } from "../../twin";
import { type Environments, loadEnvironments } from "../environments";
import { runCommand } from "../tour/command";
import type { StepResult } from "../tour/step";
import { resultTable } from "../tour/table";
import { walkTour } from "../tour/tour";
import { addressesOf, printAddresses } from "./addresses";
import { startLocalTwin } from "./local-twin";
import { type Outcome, Progress } from "./progress";

export interface StartOptions {
  readonly environment: Environment["name"];
  readonly check: boolean;
  readonly json: boolean;
  readonly tour: boolean;
  readonly port?: number | undefined;
  readonly httpPort?: number | undefined;
  readonly machinePort?: number | undefined;
}

/**
 * Synthesizes, applies to the local twin, walks the tour and, unless it is only to check, stays up until it is told to
 * stop. Returns the exit code.
 * @throws {UserError} where something that the user can mend stands in the way.
 */
export async function start(options: StartOptions): Promise<number> {
  const known = loadEnvironments();
  // The tour calls the system's curl: better to say now that it is missing than at each step.
  if (options.tour) await runCommand("curl", ["--version"]);
  const environment = known[options.environment];
  const progress = new Progress(options.check ? process.stderr : process.stdout);
  progress.heading(`Keyless on a local twin: ${environment.name} (${environment.gateway.domain})`);
  const twin = await startLocalTwin(progress, known, options);
  const stop = stopSignal();
  try {
    const results = options.tour ? await showTour(progress, twin, environment, known) : [];
    const failures = results.filter(({ outcome }) => !outcome.ok).length;
    if (options.check) {
      console.log(
        options.json ? JSON.stringify({ environment: environment.name, results }, null, 2) : resultTable(results),
      );
      progress.line(`${results.length - failures} of ${results.length} steps as expected`);
      return failures === 0 ? 0 : 1;
    }
    if (failures > 0) progress.line(progress.paint("red", `${failures} steps did not come out as expected.`));
    printAddresses(progress, addressesOf(twin, environment));
    await stop.requested;
    progress.line("\nStopping.");
    return failures === 0 ? 0 : 1;
  } finally {
    stop.release();
    await twin.close();
  }
}

async function showTour(
  progress: Progress,
  twin: Twin,
  environment: Environment,
  known: Environments,
): Promise<readonly StepResult[]> {
  progress.heading(`Tour of ${environment.name}: what is granted, and what is refused`);
  return walkTour({
    twin,
    environment,
    environments: known,
    around: (step, run) => progress.task(`${step.title}`, run, outcomeOf),
  });
}

function outcomeOf({ outcome, expected }: StepResult): Outcome {
  if (!outcome.ok) {
    return { ok: false, details: [{ label: "problem", text: outcome.problem }] };
  }
  const { request, decision, reason } = outcome.observation;
  return {
    ok: true,
    details: [
      { label: "request", text: request },
      { label: "decision", text: expected.decision === "refused" ? `${decision}, as it must be` : decision },
      { label: "reason", text: reason },
    ],
  };
}

/** Resolves at the first Ctrl-C or termination; a second one ends the process at once. */
function stopSignal(): { readonly requested: Promise<void>; release(): void } {
  let listener: () => void = () => undefined;
  const requested = new Promise<void>((resolve) => {
    listener = () => resolve();
    process.once("SIGINT", listener);
    process.once("SIGTERM", listener);
  });
  return {
    requested,
    release: () => {
      process.off("SIGINT", listener);
      process.off("SIGTERM", listener);
    },
  };
}
