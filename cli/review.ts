import { writeFile } from "node:fs/promises";
import { comparePlans, type PlanText, type ReportExitCode, reviewJson, reviewMarkdown, reviewPlans } from "../review";
import { explained, type PlanSources, readPlans } from "./read-plans";

/** Options of `keyless review`. */
export interface ReviewCommandOptions extends PlanSources {
  /** Print JSON in place of Markdown. */
  readonly json?: boolean;
  /** Write the Markdown to this file as well. */
  readonly markdownFile?: string;
  /** Write the JSON to this file as well. */
  readonly jsonFile?: string;
  /** Commit that was planned, 7 to 64 hex digits; stands at the end of the Markdown. */
  readonly commit?: string;
  /** https address of the run; stands at the end of the Markdown. */
  readonly runUrl?: string;
}

/**
 * Prints the review of one or several plans.
 * @returns exit code: 0 no changes, 2 changes, 3 changes that need approval
 * @throws {UserError} in one line; exit code 1
 */
export async function reviewCommand(options: ReviewCommandOptions): Promise<ReportExitCode> {
  return explained(async () => {
    const texts: PlanText[] = [];
    const plans = await readPlans(options, (plan) => texts.push(plan));
    const review = reviewPlans(plans, await comparePlans(texts));
    const { commit, runUrl, markdownFile, jsonFile } = options;
    const markdown = reviewMarkdown(review, {
      ...(commit === undefined ? {} : { commit }),
      ...(runUrl === undefined ? {} : { runUrl }),
    });
    const json = `${JSON.stringify(reviewJson(review), undefined, 2)}\n`;
    if (markdownFile !== undefined) await writeFile(markdownFile, markdown);
    if (jsonFile !== undefined) await writeFile(jsonFile, json);
    process.stdout.write(options.json === true ? json : markdown);
    return review.exitCode;
  });
}
