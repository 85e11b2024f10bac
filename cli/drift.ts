import { writeFile } from "node:fs/promises";
import {
  type DriftAllowList,
  detectDrift,
  driftJson,
  driftMarkdown,
  driftSarif,
  type ReportExitCode,
  readDriftAllowList,
} from "../review";
import { explained, type PlanSources, readDocument, readPlans } from "./read-plans";

/** Options of `keyless drift`. The plans are refresh-only: `terraform plan -refresh-only -out PLANFILE`. */
export interface DriftCommandOptions extends PlanSources {
  /** List of allowed drift; none unless given. */
  readonly allowFile?: string;
  /** Print JSON in place of Markdown. */
  readonly json?: boolean;
  /** Write the Markdown to this file as well. */
  readonly markdownFile?: string;
  /** Write the JSON to this file as well. */
  readonly jsonFile?: string;
  /** Write a SARIF 2.1.0 log to this file. */
  readonly sarifFile?: string;
  /** Commit that is deployed, 7 to 64 hex digits; stands at the end of the Markdown. */
  readonly commit?: string;
  /** https address of the run; stands at the end of the Markdown. */
  readonly runUrl?: string;
}

/**
 * Prints what was changed outside of Terraform, and what a refresh cannot see.
 * @param today decides which entries of the list have expired
 * @returns exit code: 0 nothing, 2 changed outside, 3 changed outside with a grave effect or a resource gone
 * @throws {UserError} in one line; exit code 1
 */
export async function driftCommand(options: DriftCommandOptions, today: Date = new Date()): Promise<ReportExitCode> {
  return explained(async () => {
    const report = detectDrift(await readPlans(options), await allowListOf(options.allowFile), today);
    const { commit, runUrl, markdownFile, jsonFile, sarifFile } = options;
    const markdown = driftMarkdown(report, {
      ...(commit === undefined ? {} : { commit }),
      ...(runUrl === undefined ? {} : { runUrl }),
    });
    const json = `${JSON.stringify(driftJson(report), undefined, 2)}\n`;
    if (markdownFile !== undefined) await writeFile(markdownFile, markdown);
    if (jsonFile !== undefined) await writeFile(jsonFile, json);
    if (sarifFile !== undefined) await writeFile(sarifFile, `${JSON.stringify(driftSarif(report), undefined, 2)}\n`);
    process.stdout.write(options.json === true ? json : markdown);
    return report.exitCode;
  });
}

async function allowListOf(file: string | undefined): Promise<DriftAllowList> {
  return file === undefined ? [] : readDriftAllowList(await readDocument(file), file);
}
