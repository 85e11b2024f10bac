import { type PolicyRule, policyRules } from "./rules";

/**
 * Leave for one construct to break one rule. It stands in a file that is reviewed, ends at a day, and appears in the
 * output `policy_exceptions` of the stack, so in every plan.
 */
export interface PolicyException {
  readonly rule: PolicyRule;
  /** Path of the resource's construct, `dev/broker/service/service`; `*` stands for the name of the stack, so for all. */
  readonly path: string;
  /** Why the rule may be broken here, and what is done instead: 20 to 500 characters. */
  readonly reason: string;
  /** Who answers for it: the e-mail of a person or a team. */
  readonly owner: string;
  /** The last day on which it holds, `2027-06-30`. */
  readonly expires: string;
}

/** Longest time that an exception is granted for, in days. */
const longestDays = 366;
const day = 86_400_000;

/** What is wrong with an exception itself; empty where nothing is. */
export function problemsOf(exception: PolicyException, today: Date): readonly string[] {
  const { rule, path, reason, owner, expires } = exception;
  const problems: string[] = [];
  // Synthesis runs without a type check.
  if ([rule, path, reason, owner, expires].some((part) => typeof part !== "string"))
    return ["expected rule, path, reason, owner and expires, each a text"];
  if (Number.isNaN(today.getTime())) problems.push("the present day is none: nothing would ever expire");
  if (!Object.hasOwn(policyRules, rule)) problems.push(`there is no rule ${rule}`);
  if (!/^(\*|[A-Za-z0-9_-]+)(\/[^/\s]+)+$/.test(path))
    problems.push("path: expected STACK/CONSTRUCT/..., or */CONSTRUCT/...");
  if (reason.trim().length < 20 || reason.length > 500) problems.push("reason: expected 20 to 500 characters");
  if (!/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(owner)) problems.push("owner: expected an e-mail");
  const end = /^\d{4}-\d\d-\d\d$/.test(expires) ? Date.parse(`${expires}T00:00:00Z`) + day : Number.NaN;
  if (Number.isNaN(end) || !new Date(end - day).toISOString().startsWith(expires))
    problems.push("expires: expected a day, such as 2027-06-30");
  else if (end <= today.getTime())
    problems.push(`expired on ${expires}: remove what it allows, or have it reviewed again`);
  else if (end - today.getTime() > longestDays * day)
    problems.push(`expires: expected a day within ${longestDays} days`);
  return problems;
}

/** Whether the exception is for this construct. */
export function covers({ rule, path }: PolicyException, found: PolicyRule, constructPath: string): boolean {
  if (rule !== found || typeof path !== "string") return false;
  return path.startsWith("*/")
    ? constructPath.slice(constructPath.indexOf("/")) === path.slice(1)
    : constructPath === path;
}
