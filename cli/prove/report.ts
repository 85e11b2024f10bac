import type { Counterexample, Finding } from "../../analysis";
import { duration } from "../start/progress";

/** A table of the findings, the violations and what is unknown below it, and one line that counts. */
export function report(findings: readonly Finding[]): string {
  const rows = findings.map(({ environment, verdict, milliseconds, statement }) => [
    environment,
    verdict.verdict,
    duration(milliseconds),
    statement,
  ]);
  const header = ["environment", "verdict", "time", "statement"];
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) => (column === cells.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join("  ");
  return `${[line(header), ...rows.map(line), ...findings.flatMap(detailsOf), "", counted(findings)].join("\n")}\n`;
}

function counted(findings: readonly Finding[]): string {
  const count = (name: string) => findings.filter(({ verdict }) => verdict.verdict === name).length;
  return `${count("proved")} proved, ${count("violated")} violated, ${count("unknown")} unknown`;
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
