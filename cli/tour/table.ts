import { duration } from "../start/progress";
import type { StepResult } from "./step";

/** The tour's results as a table for a terminal or a log. */
export function resultTable(results: readonly StepResult[]): string {
  const rows = results.map((result) => ({
    mark: result.outcome.ok ? "ok" : "FAIL",
    title: result.title,
    decision: result.outcome.observation?.decision ?? "no answer",
    expected: result.expected.decision,
    time: duration(result.milliseconds),
    reason: result.outcome.ok ? result.outcome.observation.reason : result.outcome.problem,
  }));
  const width = (column: "title" | "decision" | "time") =>
    Math.max(column.length, ...rows.map((row) => row[column].length));
  const [title, decision, time] = [width("title"), width("decision"), width("time")];
  const line = (mark: string, row: { title: string; decision: string; time: string; reason: string }) =>
    `${mark.padEnd(4)}  ${row.title.padEnd(title)}  ${row.decision.padEnd(decision)}  ${row.time.padStart(time)}  ${row.reason}`.trimEnd();
  return [
    line("", { title: "step", decision: "decision", time: "time", reason: "reason" }),
    ...rows.map((row) => line(row.mark, row)),
  ].join("\n");
}
