import { type Finding, prove, resolveUnapplied, UnresolvedValues } from "../../analysis";
import { type EnvironmentName, environmentNames } from "../../environments/load";
import { loadEnvironments } from "../environments";
import type { ProgressStream } from "../start/progress";
import { synthesize } from "../start/synthesize";
import { claimsOf } from "./environment-claims";
import { report } from "./report";

export interface ProveCommandOptions {
  /** All, unless some are named. */
  readonly environments?: readonly EnvironmentName[];
  /** Prints the findings as JSON and nothing else. */
  readonly json?: boolean;
  /** For each invariant; 20 unless given. */
  readonly seconds?: number;
  /** Terraform JSON of all stacks; synthesized unless given. */
  readonly stacks?: readonly { readonly stack: string; readonly text: string }[];
  /** Where results go, and where progress is shown. */
  readonly output?: { write(text: string): unknown };
  readonly progress?: ProgressStream;
}

/** What the command ends with. */
export const proveExitCodes = { proved: 0, error: 1, violated: 2, unknown: 3 } as const;

/**
 * Decides all invariants of the environments: those that need no writing and those of environments/invariants.ts.
 * @returns the exit code: 0 all proved, 2 some violated, else 3 some unknown
 * @throws {UserError} where an environment or a construct is refused
 */
export async function proveCommand(options: ProveCommandOptions): Promise<number> {
  const { json = false, seconds = 20, output = process.stdout, progress = process.stderr } = options;
  const environments = loadEnvironments();
  const chosen = environmentNames.filter((name) => options.environments?.includes(name) ?? true);
  const stacks = options.stacks ?? (await synthesize());
  const unresolved = new UnresolvedValues();
  const resources = stacks.flatMap(({ stack, text }) => resolveUnapplied(text, stack, unresolved));
  const live = progress.isTTY === true && !json;
  const findings = await prove({
    resources,
    environments: chosen.map((name) => claimsOf(environments[name])),
    milliseconds: seconds * 1000,
    inputsIn: (text) => unresolved.inputsIn(text),
    onStart: (environment, statement) => {
      if (live) progress.write(`\r\u001b[2K${environment}: ${statement.slice(0, (progress.columns ?? 80) - 12)}`);
    },
  });
  if (live) progress.write("\r\u001b[2K");
  output.write(unresolved.named(json ? `${JSON.stringify(findings, null, 2)}\n` : report(findings)));
  return exitCodeOf(findings);
}

export function exitCodeOf(findings: readonly Finding[]): number {
  const verdicts = new Set(findings.map(({ verdict }) => verdict.verdict));
  if (verdicts.has("violated")) return proveExitCodes.violated;
  return verdicts.has("unknown") ? proveExitCodes.unknown : proveExitCodes.proved;
}
