/** Exit codes of `keyless review` and `keyless drift`; the first three agree with `terraform plan -detailed-exitcode`. */
export const exitCodes = { none: 0, error: 1, changes: 2, needsApproval: 3 } as const;

/** What a report decides; `error` is for reports that could not be made. */
export type ReportExitCode = Exclude<(typeof exitCodes)[keyof typeof exitCodes], typeof exitCodes.error>;
