import {
  type Counterexample,
  type EnvironmentClaims,
  type Finding,
  type Invariant,
  prove,
  resolveUnapplied,
  UnresolvedValues,
} from "../analysis";
import {
  accountOf,
  type EnvironmentInvariant,
  invariants,
  ourTenants,
  type WorkloadKey,
} from "../environments/invariants";
import { type EnvironmentName, environmentNames } from "../environments/load";
import type { Environment } from "../environments/schema";
import { loadEnvironments } from "./environments";
import { duration } from "./start/progress";
import { synthesize } from "./start/synthesize";

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
  readonly progress?: { readonly isTTY?: boolean | undefined; write(text: string): unknown };
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
      if (live) progress.write(`\r\u001b[2K${environment}: ${statement.slice(0, 100)}`);
    },
  });
  if (live) progress.write("\r\u001b[2K");
  const named = (text: string) => unresolved.named(text);
  output.write(json ? `${named(JSON.stringify(findings, null, 2))}\n` : named(report(findings)));
  return exitCodeOf(findings);
}

export function exitCodeOf(findings: readonly Finding[]): number {
  const verdicts = new Set(findings.map(({ verdict }) => verdict.verdict));
  if (verdicts.has("violated")) return proveExitCodes.violated;
  return verdicts.has("unknown") ? proveExitCodes.unknown : proveExitCodes.proved;
}

function claimsOf(environment: Environment): EnvironmentClaims {
  return {
    environment: environment.name,
    invariants: invariants[environment.name].map((invariant) => declared(environment, invariant)),
    ours: ourTenants,
  };
}

/** The invariant with e-mails in place of workloads' keys. */
function declared(environment: Environment, invariant: EnvironmentInvariant): Invariant {
  const email = (key: WorkloadKey) => accountOf(environment, key);
  switch (invariant.kind) {
    case "onlyWhen": {
      const { account, tokens } = invariant;
      const others = { otherThan: workloadKeys.map(email) };
      return { kind: "onlyWhen", account: account === "every other account" ? others : email(account), tokens };
    }
    case "never": {
      const { account, tokens } = invariant;
      return { kind: "never", account: account === "every account" ? account : email(account), tokens };
    }
    case "atMost":
      return { ...invariant, account: email(invariant.account) };
  }
}

const workloadKeys: readonly WorkloadKey[] = ["mcp-server", "batch-job", "asset-collector"];

/** A table, the violations below it, and one line that counts. */
function report(findings: readonly Finding[]): string {
  const rows = findings.map((finding) => [
    finding.environment,
    finding.verdict.verdict,
    duration(finding.milliseconds),
    finding.statement,
  ]);
  const header = ["environment", "verdict", "time", "statement"];
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) => (column === cells.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join("  ");
  const count = (verdict: string) => rows.filter((row) => row[1] === verdict).length;
  const counted = `${count("proved")} proved, ${count("violated")} violated, ${count("unknown")} unknown`;
  return `${[line(header), ...rows.map(line), ...findings.flatMap(detailsOf), "", counted].join("\n")}\n`;
}

function detailsOf({ environment, statement, verdict }: Finding): readonly string[] {
  if (verdict.verdict === "proved") return [];
  const title = ["", `${environment}: ${statement}`];
  if (verdict.verdict === "unknown") return [...title, `  unknown: ${verdict.reason}`];
  return [...title, `  violated: ${verdict.explanation}`, ...verdict.counterexamples.flatMap(tokenOf)];
}

function tokenOf({ provider, audience, credential, identity, accounts, binding }: Counterexample): readonly string[] {
  return [
    `  a token with ${JSON.stringify(credential.claims)}`,
    `    exchanged for ${audience} (${provider})`,
    `    is ${identity.subject} of ${identity.pool}`,
    ...(accounts.length === 0 ? [] : [`    and becomes ${accounts.join(", then ")}, by ${binding ?? "a binding"}`]),
  ];
}
