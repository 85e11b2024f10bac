import { machine } from "./measure";

export interface Row {
  readonly name: string;
  readonly median: number;
  readonly unit: string;
  /** Beside what, and how many times as much. */
  readonly ratio?: { readonly to: string; readonly value: number; readonly target?: string };
}

export interface Report {
  readonly bench: string;
  readonly question: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly rounds: number;
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
}

/** Prints a report for people, or with `json` the same figures for programs. */
export function printReport(report: Report, json: boolean): void {
  if (json) {
    console.log(JSON.stringify({ ...report, machine: machine() }, null, 2));
    return;
  }
  const versions = Object.entries(report.versions).map(([name, version]) => `${name} ${version}`);
  console.log(`\n${report.bench}: ${report.question}\n`);
  console.log(`machine   ${machine()}`);
  console.log(`versions  ${versions.join(", ")}`);
  console.log(`medians of ${report.rounds} rounds, the contenders in turn\n`);
  const width = Math.max(...report.rows.map(({ name }) => name.length));
  for (const { name, median, unit, ratio } of report.rows) {
    const beside =
      ratio === undefined
        ? ""
        : `   ${ratio.value.toFixed(2)} × ${ratio.to}${ratio.target === undefined ? "" : ` (target: ${ratio.target})`}`;
    console.log(`${name.padEnd(width)}  ${median.toFixed(median < 10 ? 2 : 0).padStart(8)} ${unit}${beside}`);
  }
  for (const note of report.notes) console.log(`\n${note}`);
}
