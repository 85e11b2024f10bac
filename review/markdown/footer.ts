import type { StackPlan } from "../model/stack-plan";
import { PlanError } from "../plan/plan-error";
import { codeSpan } from "./code-span";

export interface ReportOrigin {
  /** Commit that was planned: 7 to 64 hex digits. */
  readonly commit?: string;
  /** https address of the run, where the whole report is. */
  readonly runUrl?: string;
}

/** @throws {PlanError} where the commit or the address has another form; both go into the report as they are */
export function requireOrigin({ commit, runUrl }: ReportOrigin): void {
  if (commit !== undefined && !/^[0-9a-f]{7,64}$/.test(commit)) throw new PlanError("the commit is 7 to 64 hex digits");
  if (runUrl !== undefined && !/^https:\/\/[A-Za-z0-9.-]+(:\d+)?(\/[A-Za-z0-9._~/?=&%-]*)?$/.test(runUrl)) {
    throw new PlanError("the address of the run is an https address without user, fragment and special characters");
  }
}

/** What was left out, where the whole is, and which plans this is about. */
export function footer(
  plans: readonly StackPlan[],
  { commit, runUrl }: ReportOrigin,
  leftOut: readonly string[],
): readonly string[] {
  const shownPlans = plans
    .slice(0, 20)
    .map(({ stack, digest }) => `${stack} ${codeSpan(`sha256:${digest.slice(0, 16)}`)}`);
  const more = plans.length - shownPlans.length;
  return [
    ...(leftOut.length === 0
      ? []
      : [`**Left out to keep this short:** ${leftOut.join("; ")}. The JSON form of the report has all of it.`, ""]),
    `<sub>Plans: ${shownPlans.join(", ")}${more > 0 ? ` and ${more} more` : ""}${
      commit === undefined ? "" : ` · commit ${codeSpan(commit)}`
    }${runUrl === undefined ? "" : ` · [run](<${runUrl}>)`} · secrets are hidden by mark, by name and by form</sub>`,
  ];
}
